import shutil

import pytest

from vcem.core.errors import UsageError
from vcem.ingest.layout import find_release, list_files

LOW, SUB, BOOK = "Low energy images of CDD-CESM", "Subtracted images of CDD-CESM", "Radiology-manual-annotations.xlsx"


@pytest.fixture
def release(tmp_path):
    for folder in (LOW, SUB):
        (tmp_path / "src" / folder).mkdir(parents=True)
    (tmp_path / "src" / BOOK).touch()
    return tmp_path / "src"


def test_parts_are_found(release):
    (release / "Radiology_hand_drawn_segmentations_v2.csv").touch()
    (release / "scale.csv").touch()
    found = find_release(release)
    assert (found.low_energy.name, found.subtracted.name, found.workbook.name) == (LOW, SUB, BOOK)
    assert found.outlines.name.endswith("v2.csv")
    assert found.scales.name == "scale.csv"
    assert found.masks is None


def test_names_may_differ_in_case_and_trailing_blanks(release):
    (release / LOW).rename(release / "LOW ENERGY images of CDD-CESM ")
    (release / SUB).rename(release / "subtracted images")
    (release / BOOK).rename(release / "annotations.XLSX")
    assert find_release(release).low_energy.name == "LOW ENERGY images of CDD-CESM "


def test_release_may_lie_one_folder_down(release):
    assert find_release(release.parent).subtracted.parent == release


def test_lock_file_of_an_open_workbook_is_no_second_workbook(release):
    (release / "~$Radiology-manual-annotations.xlsx").touch()
    assert find_release(release).workbook.name == BOOK


@pytest.mark.parametrize("missing", [LOW, SUB])
def test_folder_without_both_image_folders_is_refused(release, missing):
    (release / missing).rmdir()
    with pytest.raises(UsageError, match="no CDD-CESM release"):
        find_release(release)


def test_empty_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match="is empty"):
        find_release(tmp_path)


def test_missing_workbook_is_named(release):
    (release / BOOK).unlink()
    with pytest.raises(UsageError, match="no workbook"):
        find_release(release)


def test_two_workbooks_are_ambiguous(release):
    (release / "second.xlsx").touch()
    with pytest.raises(UsageError, match="more than one workbook"):
        find_release(release)


def test_two_releases_are_ambiguous(release):
    shutil.copytree(release, release.parent / "copy")
    with pytest.raises(UsageError, match="2 releases: 'copy', 'src'"):
        find_release(release.parent)


def test_files_are_listed_by_name(tmp_path):
    for name in "bca":
        (tmp_path / name).touch()
    assert [path.name for path in list_files(tmp_path)] == ["a", "b", "c"]
