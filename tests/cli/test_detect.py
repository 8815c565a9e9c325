import pytest

from hidden_lesions import detector_file, hidden_store
from vcem.cli.main import main


@pytest.fixture
def words(tmp_path):
    store = hidden_store(tmp_path / "prepared")
    return ["detect", "--data", str(store.folder), "--out", str(tmp_path / "out"), "--threads", "1",
            "--recipe", str(detector_file(tmp_path, epochs=1))]  # fmt: skip


def test_it_tells_of_every_detector_and_what_comes_next(words, capsys):
    assert main(words) == 0
    said = capsys.readouterr().out
    assert said.count("trained, 4 test images judged") == 6
    assert "next: vcem report RUNS --detectors" in said


def test_a_detector_that_fails_leaves_the_others(words, tmp_path, capsys):
    (tmp_path / "out" / "le" / "fold-01").mkdir(parents=True)
    (tmp_path / "out" / "le" / "fold-01" / "detector.json").write_text("{}")
    assert main(words) == 1
    said = capsys.readouterr()
    assert said.out.count("trained") == 5
    assert "1 of 6 detectors failed: le fold 1" in said.err


def test_wrong_use_is_told_before_anything_is_trained(words, tmp_path, capsys):
    assert main([*words, str(tmp_path / "prepared")]) == 2
    assert "No run in" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
