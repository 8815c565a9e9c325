import pytest

from calibrations import calibrating_store, trained
from vcem.cli.main import main


@pytest.fixture
def words(tmp_path):
    store = calibrating_store(tmp_path)
    trained(tmp_path, store)
    return ["calibrate", str(tmp_path / "runs" / "autoencoder"), "--data", str(store.folder), "--out",
            str(tmp_path / "out"), "--source", "constant"]  # fmt: skip


def test_it_tells_factors_coverage_and_for_whom(words, capsys):
    assert main([*words, "--level", "0.8", "--bound", "expected"]) == 0
    said = capsys.readouterr().out
    assert "by 18 patients" in said
    assert "lesion, the larger factor:" in said
    assert "research only" in said


def test_wrong_use_is_told(words, capsys):
    assert main(words) == 2
    assert "25 at least, which the bound betting needs for 90%" in capsys.readouterr().err
    assert main(["calibrate", *words[2:]]) == 2
    assert "calibrate needs a run" in capsys.readouterr().err
    assert main([*words[:-1], "ensemble"]) == 2
    assert "1 image of each LE image has no spread" in capsys.readouterr().err
