import pytest

from vcem.core.files import read_csv
from vcem.report.tables import Cell, Table, count, listed, row, write_tables


def table(records):
    return Table("t", "T", "stamp", "caption", ("a",), (row("x"),), records)


def test_rows_take_cells_and_plain_values():
    assert row(Cell("a", mark="better"), 3) == (Cell("a", mark="better"), Cell("3"))


def test_csv_holds_full_precision_and_empty_cells_for_nan(tmp_path):
    written = write_tables(tmp_path, [table(({"a": 1 / 3, "b": float("nan")}, {"a": 2.0, "c": "x"}))])
    assert written == ["t.csv"]
    first, second = read_csv(tmp_path / "t.csv")
    assert float(first["a"]) == 1 / 3
    assert (first["b"], first["c"], second["c"]) == ("", "", "x")


def test_a_table_without_numbers_writes_no_file(tmp_path):
    assert write_tables(tmp_path, [table(())]) == []


@pytest.mark.parametrize(("words", "text"), [((), ""), (("a",), "a"), (("a", "b", "c"), "a, b and c")])
def test_listed(words, text):
    assert listed(words) == text


def test_count():
    assert (count(1, "image"), count(2, "image"), count(2, "box", "boxes")) == ("1 image", "2 images", "2 boxes")
