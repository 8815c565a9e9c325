import pytest

from runs_tree import write_runs
from vcem.cli.main import main


@pytest.fixture
def runs(tmp_path):
    return write_runs(tmp_path / "runs", ["small-pix2pix"], folds=2, patients=3)


def vcem(*words):
    return main([str(w) for w in words])


def test_events_are_written_once(runs, tmp_path, capsys):
    words = ["track", runs, "--to", "tensorboard", "--out", tmp_path / "events"]
    assert vcem(*words) == 0
    assert "2 runs written, 0 already there" in capsys.readouterr().out
    assert vcem(*words) == 0
    assert "0 runs written, 2 already there" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [["--to", "mlflow"], ["--to", "tensorboard"], ["--to", "tensorboard", "--server", "http://127.0.0.1:1"],
     ["--to", "mlflow", "--server", "http://127.0.0.1:1", "--out", "x"]],
)  # fmt: skip
def test_nothing_is_sent_or_written_unless_it_is_said_where(words, runs, capsys):
    assert vcem("track", runs, *words) == 2
    assert "It is not said what goes where" in capsys.readouterr().err


def test_a_server_that_is_not_there(runs, capsys):
    assert vcem("track", runs, "--to", "mlflow", "--server", "http://127.0.0.1:9") == 1
    assert "does not answer as an MLflow server" in capsys.readouterr().err
