import pytest
from openpyxl import Workbook

from vcem.core.errors import FailureError, UsageError
from vcem.core.terms import Density
from vcem.ingest.workbook import COLUMNS, Facts, read_facts

HEADER = [*COLUMNS, "View"]


def write(path, rows, header=HEADER, sheet="all"):
    book = Workbook()
    book.active.title = sheet
    for row in [header, *rows]:
        book.active.append(row)
    book.save(path)
    return path


def row(name="P1_L_DM_CC", density="C", birads=4, findings="mass ", age=46, machine=1):
    return [name, density, birads, findings, "suspicious, mass", age, machine, "Malignant", "CC"]


def test_facts_are_read_by_name(tmp_path):
    facts = read_facts(write(tmp_path / "a.xlsx", [row()]))
    assert facts == {"P1_L_DM_CC": Facts(Density.C, "4", "mass", "suspicious, mass", "46", "1", "Malignant")}


def test_blanks_that_trail_a_name_are_dropped(tmp_path):
    assert list(read_facts(write(tmp_path / "a.xlsx", [row(name="P3_L_CM_CC ")]))) == ["P3_L_CM_CC"]


def test_underscore_and_empty_are_unknown_densities(tmp_path):
    facts = read_facts(write(tmp_path / "a.xlsx", [row(density="_"), row(name="P1_R_DM_CC", density=None)]))
    assert [f.density for f in facts.values()] == [None, None]


@pytest.mark.parametrize(("cell", "read"), [("4$2", "4$2"), (" 3$2$2 ", "3$2$2"), (5, "5"), (5.0, "5"), ("$2", "2")])
def test_several_codes_stay_apart(tmp_path, cell, read):
    (facts,) = read_facts(write(tmp_path / "a.xlsx", [row(birads=cell)])).values()
    assert facts.birads == read


def test_findings_lose_blanks_but_not_their_order(tmp_path):
    (facts,) = read_facts(write(tmp_path / "a.xlsx", [row(findings="Multiple  masses $Benign ")])).values()
    assert facts.findings == "Multiple masses$Benign"


def test_rows_without_a_name_are_empty_rows(tmp_path):
    assert read_facts(write(tmp_path / "a.xlsx", [[None] * 9, row()])).keys() == {"P1_L_DM_CC"}


def test_impossible_density_is_refused_with_its_image(tmp_path):
    with pytest.raises(UsageError, match="P1_L_DM_CC: density 'E'"):
        read_facts(write(tmp_path / "a.xlsx", [row(density="E")]))


def test_missing_sheet_is_named(tmp_path):
    with pytest.raises(UsageError, match="no sheet 'all', only other"):
        read_facts(write(tmp_path / "a.xlsx", [row()], sheet="other"))


def test_missing_column_is_named(tmp_path):
    with pytest.raises(UsageError, match="lacks the columns Tags"):
        read_facts(write(tmp_path / "a.xlsx", [], header=[c for c in HEADER if c != "Tags"]))


def test_empty_sheet_lacks_all_columns(tmp_path):
    with pytest.raises(UsageError, match="lacks the columns Image_name"):
        read_facts(write(tmp_path / "a.xlsx", [], header=[]))


def test_damaged_workbook_is_a_failure(tmp_path):
    path = write(tmp_path / "a.xlsx", [row()])
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(FailureError, match="cannot be read as a workbook"):
        read_facts(path)
