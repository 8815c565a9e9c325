import pytest

from fakes.toy_archive import write_archive
from vcem.core.errors import UsageError
from vcem.core.files import read_csv
from vcem.dicom.deidentify_folder import Settings, begin, deidentify_folder
from vcem.dicom.profile import read_profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.verify_folder import verify_folder


@pytest.fixture
def settings(tmp_path):
    made = Settings(write_archive(tmp_path / "in"), tmp_path / "out", Pseudonyms(b"k" * 32), read_profile())
    begin(made)
    deidentify_folder(made, lambda rows, _: rows)
    return made


def verdict_of(settings):
    return verify_folder(settings, lambda found, _: found)


def images(settings):
    return sorted(settings.out.rglob("*.dcm"))


def test_a_clean_folder_has_no_leak_and_everything_was_searched(settings):
    verdict = verdict_of(settings)
    assert verdict.leaks == ()
    assert verdict.files == 3 + 3  # images, then files.csv, skipped.csv and deidentify.json
    assert verdict.searched > 10


def test_a_name_of_a_refused_image_counts_too(settings):
    path = images(settings)[0]
    path.write_bytes(path.read_bytes().replace(b"vcem simulator", b"for Jones^Mary"))
    assert any("PatientName" in leak.what or "person" in leak.what for leak in verdict_of(settings).leaks)


def test_an_original_copied_into_the_output_is_found(settings):
    rows = read_csv(settings.out / "files.csv")
    made = next(row["output"] for row in rows if row["file"] == settings.names.file("SMITH_SALLY/low.dcm"))
    path = settings.out / made
    path.write_bytes((settings.source / "SMITH_SALLY" / "low.dcm").read_bytes())
    told = {leak.what for leak in verdict_of(settings).leaks}
    assert {"UID of an original", "dates that were not moved"} <= told


def test_a_file_that_nothing_made_is_found(settings):
    (settings.out / "notes.txt").write_text("thanks to Sally")
    assert {leak.what for leak in verdict_of(settings).leaks} == {
        "nothing here made this file",
        "name or number of a person, line 1",
    }


def test_a_leak_in_a_table_is_found(settings):
    with (settings.out / "skipped.csv").open("a") as file:
        file.write("ACC778899,x\n")
    assert [leak.file for leak in verdict_of(settings).leaks] == ["skipped.csv"]


def test_a_file_that_is_gone_is_told(settings):
    images(settings)[0].unlink()
    assert [leak.what for leak in verdict_of(settings).leaks] == ["it is gone"]


def test_an_output_whose_original_is_gone_is_not_called_clean(settings):
    (settings.source / "SMITH_SALLY" / "low.dcm").unlink()
    assert any("nothing here made" in leak.what for leak in verdict_of(settings).leaks)


def test_a_folder_without_a_table_is_wrong_use(settings):
    (settings.out / "files.csv").unlink()
    with pytest.raises(UsageError, match=r"files\.csv"):
        verdict_of(settings)
