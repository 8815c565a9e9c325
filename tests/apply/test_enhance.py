import numpy as np
import pytest

from enhancing import unchanged, write_exam
from toy_dicom import write
from vcem.apply.enhance import draw_file, enhance, enhance_file
from vcem.apply.enhanced import Output
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_csv, read_manifest
from vcem.core.terms import Energy
from vcem.dicom.read import read_stored
from vcem.dicom.scan import read_header
from vcem.dicom.vendors import read_rules
from vcem.dicom.write import TOP

RULES = read_rules()


def test_le_images_are_enhanced_and_all_others_listed(tmp_path):
    write_exam(tmp_path / "in")
    (tmp_path / "in" / "notes.txt").write_text("none")
    made = enhance([tmp_path / "in"], unchanged(), tmp_path / "out", Output(), RULES)
    assert (made.images, made.stood, len(made.skipped)) == (4, 0, 9)
    rows = read_csv(tmp_path / "out" / "images.csv")
    assert {(r["side"], r["view"], r["origin"]) for r in rows} == {
        (s, v, "simulated") for s in "LR" for v in ("CC", "MLO")
    }
    whys = [r["why"] for r in read_csv(tmp_path / "out" / "skipped.csv")]
    assert [sum(text in why for why in whys) for text in ("a HE image", "a DES image", "no DICOM")] == [4, 4, 1]
    manifest = read_manifest(tmp_path / "out", "enhanced", "vcem enhance")
    assert sum(name.endswith(".dcm") for name in manifest["files"]) == 4
    assert manifest["origin"] == ["simulated"]


def test_a_file_has_the_name_of_the_image_in_it(tmp_path):
    enhance([write(tmp_path / "a")], unchanged(), tmp_path / "out", Output(label=True), RULES)
    names = [path.name for path in (tmp_path / "out").glob("*.dcm") if "label" not in path.name]
    assert [f"{read_header(tmp_path / 'out', name).uid}.dcm" for name in names] == names
    drawn = draw_file(unchanged(), tmp_path / "a", RULES, label=True)
    for uid, content in drawn.items():
        (tmp_path / uid).write_bytes(content)
    assert [read_header(tmp_path, uid).uid for uid in drawn] == list(drawn)
    assert f"{next(iter(drawn))}.dcm" == names[0]


def test_a_file_named_twice_or_copied_is_enhanced_once(tmp_path):
    path = write(tmp_path / "in" / "a")
    (tmp_path / "in" / "b").write_bytes(path.read_bytes())
    made = enhance([path, tmp_path / "in", path], unchanged(), tmp_path / "out", Output(), RULES)
    assert made.images == 1
    assert "the same image as" in made.skipped[0].why


def test_output_inside_the_input_is_not_read_again(tmp_path):
    write(tmp_path / "in" / "a")
    for _ in range(2):
        made = enhance([tmp_path / "in"], unchanged(), tmp_path / "in" / "out", Output(), RULES)
        assert (made.images, made.skipped) == (1, ())


def test_one_bad_file_does_not_stop_the_others(tmp_path):
    write(tmp_path / "in" / "a")
    cut = write(tmp_path / "in" / "b", uid="1.2.3")
    cut.write_bytes(cut.read_bytes()[:-500])
    made = enhance([tmp_path / "in"], unchanged(), tmp_path / "out", Output(), RULES)
    assert made.images == 1
    assert "cannot be read" in made.skipped[0].why


def test_stopped_and_started_again_it_ends_as_if_never_stopped(tmp_path):
    write_exam(tmp_path / "in")

    def stopped(images, _):
        yield from images[:2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        enhance([tmp_path / "in"], unchanged(), tmp_path / "a", Output(), RULES, stopped)
    done = {p: p.stat().st_mtime_ns for p in (tmp_path / "a").glob("*.dcm")}
    assert len(done) == 2
    assert not (tmp_path / "a" / "manifest.json").exists()
    (tmp_path / "a" / ".2.25.1.dcm.77.partial").write_bytes(b"half")
    watched = []

    def watch(images, _):
        watched.extend(images)
        return iter(images)

    made = enhance([tmp_path / "in"], unchanged(), tmp_path / "a", Output(), RULES, watch)
    assert (made.images, made.stood, len(watched)) == (4, 2, 2), "progress counts what is made, not what stands"
    assert all(p.stat().st_mtime_ns == then for p, then in done.items())
    enhance([tmp_path / "in"], unchanged(), tmp_path / "b", Output(), RULES)
    files = [{p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in "ab"]
    assert files[0] == files[1]


def test_into_a_folder_of_something_else_nothing_is_written(tmp_path):
    write(tmp_path / "in" / "a")
    (tmp_path / "out").mkdir()
    for name in ("mine.txt", ".x.partial"):
        (tmp_path / "out" / name).write_text("precious")
    with pytest.raises(UsageError, match="already holds other files"):
        enhance([tmp_path / "in"], unchanged(), tmp_path / "out", Output(), RULES)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [".x.partial", "mine.txt"]


def test_another_model_or_form_needs_another_folder(tmp_path):
    write(tmp_path / "in" / "a")
    enhance([tmp_path / "in"], unchanged(48), tmp_path / "out", Output(), RULES)
    with pytest.raises(UsageError, match=r"model differ"):
        enhance([tmp_path / "in"], unchanged(64), tmp_path / "out", Output(), RULES)
    with pytest.raises(UsageError, match=r"label differ"):
        enhance([tmp_path / "in"], unchanged(48), tmp_path / "out", Output(label=True), RULES)


def test_nothing_to_enhance_is_a_failure_that_lists_why(tmp_path):
    write(tmp_path / "in" / "a", Energy.DES)
    (tmp_path / "in" / "0.txt").write_text("none")
    with pytest.raises(FailureError, match=r"2 files were left out, such as .*a: a DES image"):
        enhance([tmp_path / "in"], unchanged(), tmp_path / "out", Output(), RULES)
    assert len(read_csv(tmp_path / "out" / "skipped.csv")) == 2
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_a_missing_input_is_told(tmp_path):
    with pytest.raises(UsageError, match="is not there"):
        enhance([tmp_path / "none"], unchanged(), tmp_path / "out", Output(), RULES)
    assert not (tmp_path / "out").exists()


def test_a_uid_that_is_a_path_does_not_lead_out(tmp_path):
    write(tmp_path / "in" / "a")
    evil = write(tmp_path / "in" / "b")
    content = evil.read_bytes()
    uid = b"2.25." + content.split(b"2.25.")[-1][:1]
    assert uid in content
    from toy_dicom import image_of

    own = image_of().uid.encode()
    path = b"../" * (len(own) // 3) + b"x" * (len(own) % 3)
    evil.write_bytes(content.replace(own, path))
    before = {p for p in tmp_path.rglob("*") if "out" not in p.parts}
    made = enhance([tmp_path / "in"], unchanged(), tmp_path / "out", Output(), RULES)
    assert made.images == 1
    assert "no UID" in made.skipped[0].why
    assert {p for p in tmp_path.rglob("*") if "out" not in p.parts} == before


def test_one_file_as_an_array_is_what_the_folder_gets(tmp_path):
    path = write(tmp_path / "in" / "a")
    grey = enhance_file(unchanged(), path)
    made = enhance([path], unchanged(), tmp_path / "out", Output(), RULES)
    assert made.images == 1
    [drawn] = (tmp_path / "out").glob("*.dcm")
    assert np.array_equal(np.round(grey * TOP).astype(np.uint16), read_stored(drawn))


@pytest.mark.parametrize(("energy", "why"), [(Energy.DES, "not LE"), (Energy.HE, "not LE")])
def test_a_file_that_is_no_le_image_is_refused_with_the_reason(tmp_path, energy, why):
    with pytest.raises(UsageError, match=why):
        enhance_file(unchanged(), write(tmp_path / "a", energy=energy))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(UsageError, match="is not there"):
        enhance_file(unchanged(), tmp_path / "none.dcm")
