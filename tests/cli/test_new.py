import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from vcem.cli.main import dispatch, main
from vcem.cli.words import asked, read
from vcem.train.recipe import load

TOLD = "vcem() { printf '%s\\n' \"$*\" >&3; }; export -f vcem; bash run.sh 3>&1 >/dev/null"
SMALLER = {"--patients 50": "--patients 4 --pixel-mm 1.6", "--folds 5": "--folds 3"}


@pytest.fixture
def study(tmp_path, capsys):
    assert main(["new", str(tmp_path / "my-study")]) == 0
    assert "bash" in capsys.readouterr().out
    return tmp_path / "my-study"


def test_a_study_says_its_name_and_nothing_of_where_it_lies(study):
    names = {p.relative_to(study).as_posix() for p in study.rglob("*") if p.is_file()}
    assert names == {"README.md", ".gitignore", "run.sh", "recipes/resunet.toml", "recipes/pix2pix.toml"}
    assert (study / "README.md").read_text().startswith("# my-study\n")
    assert not [n for n in names if str(study.parent) in (study / n).read_text() or "STUDY" in (study / n).read_text()]


def test_its_recipes_are_recipes_of_their_own_names(study):
    for name in ("resunet", "pix2pix"):
        assert load(study / "recipes" / f"{name}.toml").name == name


@pytest.mark.parametrize("archive", ["", "/an/archive"])
def test_every_command_is_understood(study, archive):
    told = subprocess.run(["bash", "-c", TOLD], cwd=study, env=os.environ | {"ARCHIVE": archive}, capture_output=True,
                          text=True, check=True).stdout.splitlines()  # fmt: skip
    assert len(told) == 7 + (not archive)
    for line in told:
        assert read(*asked(partial(dispatch, line.split())))
    assert f"import dicom {archive or 'data/women'} data/catalogue" in told


def test_a_folder_in_use_is_refused(study, capsys):
    before = {p: p.read_bytes() for p in study.rglob("*") if p.is_file()}
    assert main(["new", str(study)]) == 2
    assert "already holds something" in capsys.readouterr().err
    assert {p: p.read_bytes() for p in study.rglob("*") if p.is_file()} == before


@pytest.mark.slow
def test_it_runs_as_written_to_a_report_and_a_model(study):
    for path in study.rglob("*"):
        if path.suffix in (".sh", ".toml"):
            text = path.read_text()
            for large, small in SMALLER.items():
                text = text.replace(large, small)
            path.write_text(re.sub(r"^(epochs|patience|decay_from) = \d+", r"\1 = 1", text, flags=re.MULTILINE))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for _ in range(2):  # and the same command goes on
        ran = subprocess.run(["bash", "run.sh"], cwd=study, env=os.environ | {"PATH": path, "ARCHIVE": ""},
                             capture_output=True, text=True, check=False)  # fmt: skip
        assert ran.returncode == 0, ran.stderr
    assert (study / "report" / "index.html").is_file()
    assert (study / "model" / "model-card.md").is_file()
