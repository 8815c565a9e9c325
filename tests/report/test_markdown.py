from dataclasses import replace

from vcem.report.markdown import markdown, markdown_table
from vcem.report.tables import Cell, Table, row


def test_a_table_is_github_markdown_with_stamp_and_escaped_text():
    rows = (row(Cell("P1_L_CC", ("p < 0.001",)), "a|b"),)
    text = markdown_table(Table("t", "Title", "Origin: x", "Says * this.", ("A", "B"), rows, (), ("A note.",)))
    assert text.splitlines() == [
        "## Title", "", r"Origin: x. Says \* this.", "", "| A | B |", "| --- | --- |",
        r"| P1\_L\_CC<br>p \< 0.001 | a\|b |", "", "A note.",
    ]  # fmt: skip


def test_an_empty_table_says_so():
    assert markdown_table(Table("t", "T", "s", "c", ("A",), (), ())).endswith("Nothing to show.")


def test_the_whole_report_has_every_table_and_no_picture(page):
    text = markdown(page)
    tables = page.tables
    assert all(f"## {t.title}\n" in text for t in tables)
    assert text.count(f"{page.stamp}. ") == len(tables)
    assert "data:image" not in text
    assert "## Commands" not in text, "none is known"
    assert "vcem prepare CATALOGUE OUT\n" in markdown(replace(page, commands=("vcem prepare CATALOGUE OUT",)))
    assert text.startswith("# Synthetic <pairs>\n\nOrigin: simulated")
