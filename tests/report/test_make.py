import pytest

from runs_tree import digest_of, write_prepared, write_runs
from vcem.core.errors import UsageError
from vcem.report.make import Asked, make_report


def test_a_program_makes_a_report_without_the_command(tmp_path):
    prepared = write_prepared(tmp_path / "prepared", folds=2)
    runs = write_runs(tmp_path / "runs", folds=2, patients=8, data=digest_of(prepared))
    study, page = make_report([runs], tmp_path / "out", Asked(title="Mine", seed=3))
    assert (study.seed, page.title) == (3, "Mine")
    assert page.commands == (), "no command was run"
    text = (tmp_path / "out" / "index.html").read_text()
    assert "Mine" in text
    assert "Do it again" not in text
    assert "## Commands" not in (tmp_path / "out" / "tables.md").read_text()
    with pytest.raises(UsageError, match="already holds other files"):
        make_report([runs], prepared, Asked())
