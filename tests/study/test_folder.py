import stat

import pytest

from study_rooms import READINGS, new_words
from vcem.cli.main import main
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_json
from vcem.study.folder import changed_files, open_study, open_truth


@pytest.mark.parametrize("kind", READINGS)
def test_all_pictures_have_one_size_in_bytes(made_studies, kind):
    study = open_study(made_studies[kind] / "study")
    sizes = {p.stat().st_size for p in (study.folder / "pictures").iterdir()}
    assert sizes == {2 * study.rows * study.columns}


@pytest.mark.parametrize("kind", READINGS)
def test_the_study_holds_neither_cases_nor_what_is_shown(made_studies, kind):
    folder = made_studies[kind]
    text = "".join((folder / "study" / name).read_text() for name in ("items.json", "manifest.json"))
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


def test_same_design_same_protocol(made_studies, study_copy, tmp_path):
    words = new_words(made_studies["most-realistic"], "most-realistic", readers=4)
    words[4] = str(tmp_path / "again")
    assert main(words) == 0
    again, first = (read_json(f / "protocol.json", "") for f in (tmp_path / "again", study_copy("most-realistic")))
    assert again == first


def test_a_changed_study_is_not_served(study_copy):
    folder = study_copy("real-or-synthetic")
    study = open_study(folder)
    assert changed_files(study) == []
    picture = next((folder / "pictures").iterdir())
    picture.write_bytes(picture.read_bytes()[:-1] + b"\x07")
    assert changed_files(study) == [f"pictures/{picture.name}"]
    (folder / "items.json").write_text((folder / "items.json").read_text().replace("reading", "training", 1))
    with pytest.raises(FailureError, match="changed after the study was frozen"):
        open_study(folder)
