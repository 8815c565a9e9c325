from fakes.toy_ucbm import IDS, write_dicom, write_nrrd, write_order
from vcem.core.nrrd import Axes, read_nrrd


def test_both_forms_have_two_files_a_pair(tmp_path):
    assert len(list(write_nrrd(tmp_path / "nrrd").rglob("*.nrrd"))) == 2 * len(IDS)
    assert len(list(write_dicom(tmp_path / "dicom").rglob("*.dcm"))) == 2 * len(IDS)
    assert write_order(tmp_path / "all.txt").read_text().count("\n") == 1 + len(IDS)


def test_axes_change_how_a_file_lies_not_what_it_shows(tmp_path):
    name = f"Dataset/Low Energy/{IDS[0]}_LOW_ENERGY.nrrd"
    one = read_nrrd(write_nrrd(tmp_path / "a", IDS[:1]) / name, Axes.COLUMNS_FIRST)
    two = read_nrrd(write_nrrd(tmp_path / "b", IDS[:1], rows_first=True) / name, Axes.ROWS_FIRST)
    assert (one == two).all()
