import pytest
from openpyxl import Workbook

from vcem.core.errors import UsageError
from vcem.ingest.user_table import read_table

ROWS = [{"id": "P1", "a b": "1,5"}, {"id": "P2", "a b": ""}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", 'id,a b\nP1,"1,5"\nP2,\n'),
        ("t.csv", "\ufeffid;a b\r\nP1;1,5\r\n\r\nP2\r\n"),
        ("t.tsv", "id\ta b \n P1 \t1,5\nP2\t\n"),
        ("t.txt", "id\ta b\nP1\t1,5\nP2\t\n"),
    ],
)
def test_commas_semicolons_and_tabs_are_read(tmp_path, name, text):
    (tmp_path / name).write_text(text, newline="")
    assert read_table(tmp_path / name, ["id"]) == ROWS


def test_the_first_sheet_of_a_workbook_is_read(tmp_path):
    book = Workbook()
    for row in (["id", "a b", None], ["P1", 1.0, "x"], [None, None, None], ["P2", None, None]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    assert read_table(tmp_path / "t.xlsx") == [{"id": "P1", "a b": "1"}, {"id": "P2", "a b": ""}]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"id,b\n", "lacks the columns a"),
        ("t.csv", b"id,a,a\n", "two columns 'a'"),
        ("t.csv", b"", "lacks the columns"),
        ("t.csv", b"\xff\xfe\x00", "cannot be read"),
        ("t.xlsx", b"PK no workbook", "as a workbook"),
    ],
)
def test_a_wrong_table_is_one_clear_error(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_table(tmp_path / name, ["id", "a"])


def test_a_missing_table_is_told(tmp_path):
    for name in ("none.csv", "none.xlsx"):
        with pytest.raises(UsageError, match="cannot be read"):
            read_table(tmp_path / name)
