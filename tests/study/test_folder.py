import stat
from contextlib import closing
from dataclasses import replace

import pytest

from study_readers import message
from study_rooms import READINGS, mended, open_room
from vcem.cli.main import main
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_json, write_json
from vcem.study.folder import changed_files, digest, drawn_again, open_study, open_truth, refuse_changed
from vcem.study.record import open_record
from vcem.study.secret import Secret


@pytest.mark.parametrize("kind", READINGS)
def test_all_pictures_have_one_size_in_bytes(made_studies, kind):
    study = open_study(made_studies[kind] / "study")
    sizes = {p.stat().st_size for p in (study.folder / "pictures").iterdir()}
    assert sizes == {2 * study.rows * study.columns}


@pytest.mark.parametrize("kind", READINGS)
def test_the_study_holds_neither_cases_nor_what_is_shown(made_studies, kind):
    folder = made_studies[kind]
    facts = read_json(folder / "study" / "manifest.json", "")
    assert str(folder) not in str(facts)  # nor where anything lay
    text = (folder / "study" / "items.json").read_text() + str(sorted(facts.keys() | facts["files"].keys()))
    truth = open_truth(open_study(folder / "study"), folder / "study-truth.json")
    for word in ("P1_", "real", "cyclegan", "positive", *truth.cases):
        assert word not in text


def test_the_truth_is_for_its_owner_only_and_cannot_be_changed(study_copy):
    study = open_study(study_copy("real-or-synthetic"))
    sealed = study.folder.parent / "study-truth.json"
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    truth = open_truth(study, sealed)
    assert {s.item for s in study.slots} == set(truth.items)
    sealed.write_text(sealed.read_text().replace('"real"', '"cyclegan"', 1))
    with pytest.raises(UsageError, match="not the truth that was sealed"):
        open_truth(study, sealed)


@pytest.mark.parametrize("content", [[], {}, {"design": 1}])
def test_a_protocol_of_another_form_is_one_clear_error(study_copy, content):
    folder = study_copy("real-or-synthetic")
    if isinstance(content, dict):
        content = content | {"protocol_sha256": digest(content)}
    write_json(folder / "protocol.json", content)
    with pytest.raises(FailureError, match=r"protocol\.json is not as it was frozen"):
        open_study(folder)


def test_a_changed_study_is_not_served(study_copy):
    folder = study_copy("real-or-synthetic")
    study = open_study(folder)
    assert changed_files(study) == []
    picture = next((folder / "pictures").iterdir())
    picture.write_bytes(picture.read_bytes()[:-1] + b"\x07")
    assert changed_files(study) == [f"pictures/{picture.name}"]
    with pytest.raises(FailureError, match="not as it was frozen"):
        refuse_changed(study)
    assert main(["study", "serve", str(folder), "--port", "0"]) == 1
    (folder / "items.json").write_text((folder / "items.json").read_text().replace("reading", "training", 1))
    with pytest.raises(FailureError, match="not as it was frozen"):
        open_study(folder)


def swapped(folder):
    """Exchange the pictures of two of a reader's items, as if the real one were the synthetic."""
    items = read_json(folder / "items.json", "")
    one, two = (i["panels"][0]["layers"][0] for i in items[:2])
    one["picture"], two["picture"] = two["picture"], one["picture"]
    write_json(folder / "items.json", items)


@pytest.mark.parametrize("what", ["items", "a picture", "the design"])
def test_what_is_changed_with_all_its_sums_is_found_by_the_truth_and_by_the_log(study_copy, what):
    folder = study_copy("real-or-synthetic")
    room = open_room(folder)
    room.answer("Reader 1", message(room.show("Reader 1")))
    room.record.close()
    room.access.close()
    before, design = open_study(folder).protocol, read_json(folder / "protocol.json", "")["design"]
    if what == "items":
        swapped(folder)
    elif what == "a picture":
        picture = next((folder / "pictures").iterdir())
        picture.write_bytes(picture.read_bytes()[::-1])
    mended(folder, design=design | {"margin": 0.4} if what == "the design" else design)
    study = open_study(folder)
    assert changed_files(study) == []
    assert study.protocol != before
    with pytest.raises(FailureError, match="not as it was frozen"):
        open_truth(study, folder.parent / "study-truth.json")
    with closing(open_record(folder, study.protocol)) as record, pytest.raises(FailureError, match="chain is broken"):
        record.verify()


def test_whoever_holds_the_truth_draws_the_orders_again(study_copy):
    study = open_study(study_copy("multi-reader"))
    truth = open_truth(study, study.folder.parent / "study-truth.json")
    assert drawn_again(study, truth)
    assert not drawn_again(study, replace(truth, secret=Secret("0" * 64)))


@pytest.mark.parametrize("kind", READINGS)
def test_the_secret_is_in_the_truth_alone(made_studies, kind):
    folder = made_studies[kind]
    secret = read_json(folder / "study-truth.json", "")["secret"]
    assert len(secret) == 64
    assert not [p for p in (folder / "study").rglob("*") if p.is_file() and secret.encode() in p.read_bytes()]
