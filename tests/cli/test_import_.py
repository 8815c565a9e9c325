import shutil
from pathlib import Path

import pytest

from fakes.toy_release import WORKBOOK
from toy_dicom import write
from vcem.cli.main import main
from vcem.core.catalogue import read_catalogue
from vcem.core.terms import Energy


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
    told = capsys.readouterr().out
    assert "cdd-cesm" in told
    assert "dicom" in told


def test_a_folder_of_dicom_becomes_a_catalogue(tmp_path, capsys):
    for energy in Energy:
        write(tmp_path / "in" / energy, energy)
    (tmp_path / "in" / "notes.txt").write_text("no DICOM")
    assert run("dicom", tmp_path / "in", tmp_path / "out", "--jobs", "1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"1 pairs of 1 patients, simulated, from 4 files -> {tmp_path / 'out'}",
        "1 of 1 pairs registered",
        "where headers align LE with DES, the registration by images differs by 0.0 px (median)",
        f"1 remarks on what was left out or is missing: {tmp_path / 'out' / 'skipped.csv'}",
    ]
    assert read_catalogue(tmp_path / "out").origin == "simulated"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--origin", "clinical"], 2, "Synthetic Data = YES"),
        (["--rules", "none.toml"], 2, "Rules none.toml cannot be read"),
        (["--min-quality", "-1"], 2, "least quality of -1.0 is impossible"),
    ],
)
def test_bad_options_of_a_dicom_import_are_one_clear_message(tmp_path, capsys, words, code, message):
    for energy in Energy:
        write(tmp_path / "in" / energy, energy)
    assert run("dicom", tmp_path / "in", tmp_path / "out", *words) == code
    told = capsys.readouterr().err
    assert message in told
    assert "expected:" in told
    assert not (tmp_path / "out").exists()


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
