import shutil
from pathlib import Path

import pytest

from fakes.toy_release import WORKBOOK
from vcem.cli.main import main
from vcem.core.catalogue import read_catalogue


def run(*words):
    return main(["import", *map(str, words)])


def test_release_becomes_a_catalogue(toy_release, tmp_path, capsys):
    assert run("cdd-cesm", toy_release, tmp_path / "out", "--origin", "simulated", "--jobs", "1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"33 pairs of 8 patients, 58 outlines -> {tmp_path / 'out'}"
    assert lines[1] == "33 of 33 pairs registered"
    assert "disagree with the registration by 0." in lines[2]
    assert lines[3] == f"5 remarks on what was left out or is missing: {tmp_path / 'out' / 'skipped.csv'}"
    assert read_catalogue(tmp_path / "out").origin == "simulated"


def test_low_quality_can_be_refused(toy_release, tmp_path, capsys):
    words = ["--min-quality", "0.99", "--outlines", "none", "--jobs", "1"]
    assert run("cdd-cesm", toy_release, tmp_path / "out", *words) == 0
    assert "0 of 33 pairs registered" in capsys.readouterr().out


def test_help_lists_the_archives(capsys):
    assert run("--help") == 0
    assert "cdd-cesm" in capsys.readouterr().out


def test_archive_must_be_named(capsys):
    assert run() == 2
    assert run("tcia", "a", "b") == 2
    assert "There is no archive 'tcia'" in capsys.readouterr().err


def missing(source: Path) -> None:
    shutil.rmtree(source)


def empty(source: Path) -> None:
    shutil.rmtree(source)
    source.mkdir()


def no_workbook(source: Path) -> None:
    (source / WORKBOOK).unlink()


def damaged_workbook(source: Path) -> None:
    (source / WORKBOOK).write_bytes(b"PK no workbook")


def no_masks(source: Path) -> None:
    """The toy release has none to begin with."""


@pytest.mark.parametrize(
    ("damage", "options", "code", "message"),
    [
        (missing, [], 2, "is not a folder"),
        (empty, [], 2, "is empty"),
        (no_workbook, [], 2, "has no workbook"),
        (damaged_workbook, [], 1, "cannot be read as a workbook"),
        (no_masks, ["--outlines", "masks"], 2, "has no folder of masks"),
        (no_masks, ["--min-quality", "3"], 2, "least quality of 3.0 is impossible"),
    ],
)
def test_bad_input_is_one_clear_message(toy_release, tmp_path, capsys, damage, options, code, message):
    source = shutil.copytree(toy_release, tmp_path / "source")
    damage(source)
    assert run("cdd-cesm", source, tmp_path / "out", *options) == code
    told = capsys.readouterr().err
    assert message in told
    assert "expected:" in told
    assert "Traceback" not in told
    assert not (tmp_path / "out").exists()
