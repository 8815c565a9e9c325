import json

import pytest

from vcem.cli.main import main
from vcem.core.files import read_csv
from vcem.simulate.card import Row


def run(*words):
    return main(["simulate", *map(str, words)])


def test_a_cohort_is_made_and_told(tmp_path, capsys):
    out = tmp_path / "out"
    assert run(out, "--patients", 1, "--pixel-mm", 2, "--jobs", 1) == 0
    lines = capsys.readouterr().out.splitlines()
    enhancing = sum(view["enhancing"] == "True" for view in read_csv(out / "views.csv"))
    assert lines[0] == f"4 views of 1 virtual women, {enhancing} with enhancement -> {out}"
    assert lines[1].startswith("simulated, not clinical")
    assert json.loads((out / "manifest.json").read_text())["spacing_mm"] == 2.0


BEAM = '[acquisition.le]\nanode = "Rh"\nkvp = 99\nfilter = "Ag"\nfilter_mm = 0.03\n'


@pytest.mark.parametrize(
    ("words", "recipe", "message"),
    [
        (["--patients", "0"], "", "0 patients are impossible"),
        (["--patients", "-2"], "", "-2 patients are impossible"),
        (["--pixel-mm", "10000"], "", "pixel of 10000 mm is impossible"),
        (["--pixel-mm", "-0.4"], "", "pixel of -0.4 mm is impossible"),
        (["--jobs", "0"], "", "0 jobs are impossible"),
        (["--dose", "10,101"], "", "dose of 101 % is impossible"),
        (["--dose", "10,10"], "", "10 % is there twice"),
        (["--dose", "half"], "", "'half' is not a list of doses"),
        (["--priors", "none.toml"], "", "cannot be read"),
        ([], "no toml [", "is not TOML"),
        ([], BEAM, "no tube spectrum for Rh at 99 kVp"),
        ([], "[acquisition]\nkvp = 3\n", "acquisition"),
        ([], "[acquisition]\nmotion_mm = -1\n", "motion"),
        ([], "[look]\ngamma = 0\n", "look"),
        ([], "[no_such_prior]\na = 1\n", "no_such_prior"),
        ([], "[priors]\n[extra]\n", "beside"),
        ([], "[shape]\nskin_mm = 70\n", "shape.skin_mm: 70"),
        ([], "[shape]\npaddle_range_mm = [2.0, 95.0]\n", "shape.paddle_range_mm.0: 2.0"),
        ([], "[shape]\nreach_mean_mm = 10000\n", "shape.reach_mean_mm: 10000"),
    ],
)
def test_absurd_parameters_are_one_clear_error_before_anything_is_written(tmp_path, capsys, words, recipe, message):
    if recipe:
        (tmp_path / "own.toml").write_text(recipe)
        words = [*words, "--priors", tmp_path / "own.toml"]
    assert run(tmp_path / "out", *words) == 2
    told = capsys.readouterr().err
    assert message in told
    assert "expected:" in told
    assert not (tmp_path / "out").exists()


def test_a_seed_of_text_is_wrong_use(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path / "out", "--seed", "monday")
    assert stopped.value.code == 2
    assert "seed" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert run(tmp_path / "file" / "out", "--patients", 1) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert run(tmp_path / "file", "--patients", 1) == 2
    assert "is a file" in capsys.readouterr().err


def test_a_folder_must_be_named(capsys):
    assert run() == 2
    assert "no folder to write" in capsys.readouterr().err


@pytest.fixture
def without_renders(monkeypatch):
    """The realism half renders twenty views; its own tests hold it to its bands."""
    monkeypatch.setattr("vcem.simulate.check_realism.realism_rows", lambda _: (Row("realism", 1.0, 0.0, 2.0, "", ""),))


@pytest.mark.usefixtures("without_renders")
def test_the_report_card_is_printed_and_passes(capsys):
    assert run("--check") == 0
    told = capsys.readouterr().out
    assert "weight w at 5.5 cm" in told
    assert "realism" in told
    assert "OUTSIDE" not in told


@pytest.mark.usefixtures("without_renders")
def test_a_card_with_a_quantity_outside_its_band_fails(tmp_path, capsys):
    (tmp_path / "own.toml").write_text('[acquisition.he]\nanode = "Rh"\nkvp = 49\nfilter = "Cu"\nfilter_mm = 0.1\n')
    assert run("--check", "--priors", tmp_path / "own.toml") == 1
    assert "outside: " in capsys.readouterr().out


@pytest.mark.slow
def test_the_whole_report_card_passes():
    assert run("--check") == 0
