import pytest

from fakes.toy_ucbm import IDS, write_nrrd, write_order
from vcem.core.errors import UsageError
from vcem.ingest.ucbm.files import Form, find_files, form_of
from vcem.ingest.ucbm.order import read_order


@pytest.fixture
def listed(tmp_path):
    return read_order(write_order(tmp_path / "all.txt", IDS[:2])).listed


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def found(folder, listed, form=None, table=None):
    pairs, skipped, chosen = find_files(folder, folder / "out", listed, form, table)
    return [(f.listed.key.pair, f.le, f.des) for f in pairs], {s.what: s.why for s in skipped}, chosen


def test_the_authors_names_are_found_in_any_folder_and_case(tmp_path, listed):
    folder = write_nrrd(tmp_path / "in", IDS[:1])
    touch(folder, "deep/p2_4_lmlo_low_energy.NRRD", "P2_4_LMLO_RECOMBINED.nrrd", "out/P2_4_LMLO_RECOMBINED.nrrd")
    pairs, skipped, form = found(folder, listed)
    assert [pair for pair, _, _ in pairs] == list(IDS[:2])
    assert pairs[1][1:] == ("deep/p2_4_lmlo_low_energy.NRRD", "P2_4_LMLO_RECOMBINED.nrrd")
    assert form is Form.NRRD
    assert not skipped


def test_what_is_missing_or_there_twice_is_told(tmp_path, listed):
    names = [
        f"{IDS[0]}_LOW_ENERGY.dcm",
        f"{IDS[1]}_LOW_ENERGY",
        f"{IDS[1]}_RECOMBINED.dcm",
        f"b/{IDS[1]}_RECOMBINED.dcm",
    ]
    pairs, skipped, form = found(touch(tmp_path / "in", *names), listed)
    assert not pairs
    assert form is Form.DICOM
    assert skipped[IDS[0]] == f"no file {IDS[0]}_RECOMBINED"
    assert skipped[IDS[1]].startswith("several files of one name")


def test_two_forms_must_be_told_apart(tmp_path, listed):
    folder = write_nrrd(tmp_path / "in", IDS[:1])
    touch(folder, f"{IDS[0]}_LOW_ENERGY.dcm", f"{IDS[0]}_RECOMBINED.dcm")
    with pytest.raises(UsageError, match="as NRRD and as DICOM"):
        found(folder, listed)
    assert found(folder, listed, Form.DICOM)[0] == [(IDS[0], f"{IDS[0]}_LOW_ENERGY.dcm", f"{IDS[0]}_RECOMBINED.dcm")]


def test_a_table_names_other_files(tmp_path, listed):
    folder = touch(tmp_path / "in", "IM/1.2.55", "IM/1.2.56", "c.nrrd")
    table = tmp_path / "files.csv"
    table.write_text(f"id,le,des\n{IDS[0]},IM\\1.2.55,IM/1.2.56\n{IDS[1]},IM/1.2.55,../all.txt\n")
    pairs, skipped, form = found(folder, listed, None, table)
    assert pairs == [(IDS[0], "IM/1.2.55", "IM/1.2.56")]
    assert form is Form.DICOM
    assert skipped == {IDS[1]: "no file ../all.txt"}
    for cells, why in (("IM/1.2.55,IM/1.2.55", "one file"), ("IM/1.2.55,c.nrrd", "no DICOM file")):
        table.write_text(f"id,le,des\n{IDS[0]},{cells}\n")
        assert why in found(folder, listed, Form.DICOM, table)[1][IDS[0]]
    table.write_text(f"id,le,des\n{IDS[0]},a,b\n{IDS[0]},a,b\n")
    with pytest.raises(UsageError, match="more than once"):
        found(folder, listed, None, table)


def test_no_file_at_all_is_one_clear_error(tmp_path, listed):
    with pytest.raises(UsageError, match="no file that the table names") as caught:
        found(touch(tmp_path / "in", "a.nrrd"), listed)
    assert f"{IDS[1]}_LOW_ENERGY.nrrd" in caught.value.expected


def test_endings_tell_the_form():
    assert [form_of(n) for n in ("a.NRRD", "a", "a.dcm", "1.2.3")] == [Form.NRRD, *[Form.DICOM] * 3]
