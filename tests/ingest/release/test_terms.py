import pytest

from vcem.core.errors import UsageError
from vcem.ingest.release.terms import COLUMNS, closed_terms, read_terms


def test_every_column_says_what_it_means_and_where_it_is_from():
    assert len({c.name for c in COLUMNS}) == len(COLUMNS)
    assert all(c.meaning and c.type and c.source for c in COLUMNS)
    assert [c.unit for c in COLUMNS if c.name in ("age", "spacing_mm", "rows")] == ["years", "px", "mm"]


def test_further_terms_are_read(tmp_path):
    (tmp_path / "terms").write_text("Lipoma\n\nFat necrosis\n")
    assert read_terms(tmp_path / "terms") == ("Lipoma", "Fat necrosis")
    assert read_terms(None) == ()
    assert "Lipoma" not in closed_terms()


@pytest.mark.parametrize("line", ["born 1966", "x" * 50, "a;b", "?!", "Doe, Jane"])
def test_what_is_no_term_is_refused_without_saying_it(tmp_path, line):
    (tmp_path / "terms").write_text(f"Lipoma\n{line}\n")
    with pytest.raises(UsageError, match="term 2 is not a term") as told:
        read_terms(tmp_path / "terms")
    assert line not in told.value.found.replace(str(tmp_path), "")


def test_an_absent_file(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_terms(tmp_path / "none")
