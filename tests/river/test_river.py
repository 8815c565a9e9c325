"""The whole river on made-up pairs, by the commands that README shows, and what it must leave behind."""

import json
import re
import shlex
from pathlib import Path

import pytest

from enhancing import write_exam
from vcem.cli.main import main
from vcem.core.files import read_csv, sha256

ROOT = Path(__file__).parents[2]
METHODS = ("autoencoder", "pix2pix", "cyclegan")
MORE = {"import": ["--origin", "simulated"], "crossval": ["--threads", "1"]}  # the test workers share the cores already


def readme_commands():
    blocks = re.findall(r"```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("vcem ")]


def smaller(command, release, work):
    """README's command with made-up pairs, smaller images and shorter training."""
    swaps = {"CDD-CESM": release, "recipes/small": work / "recipes", "small-": "demo-", "work/": f"{work}/"}
    for shown, used in (swaps | {"--size 128": "--size 64", "--folds 5": "--folds 3"}).items():
        command = command.replace(shown, str(used))
    return shlex.split(command)[1:]


@pytest.fixture(scope="module")
def river(toy_release, tmp_path_factory):
    work = tmp_path_factory.mktemp("river")
    (work / "recipes").mkdir()
    for method in METHODS:
        text = (ROOT / "recipes" / "demo" / f"{method}.toml").read_text()
        (work / "recipes" / f"{method}.toml").write_text(
            re.sub(r"epochs = \d+", "epochs = 2", re.sub(r"^size = .*$", "size = 64", text, flags=re.MULTILINE))
        )
    for command in readme_commands()[2:7]:  # the first two make virtual women: test_simulated_river.py
        words = smaller(command, toy_release, work)
        words += MORE.get(words[0], [])
        assert main(words) == 0, command
    return work


def test_readme_shows_the_whole_river():
    shown = [c.split()[1] for c in readme_commands()]
    assert shown[:7] == ["simulate", "import", "import", "prepare", "split", "crossval", "report"]
    assert shown[7:] == ["export", "enhance", "look"]


def test_readme_takes_a_model_to_dicom(river, toy_release):
    write_exam(river / "cohort")
    for command in readme_commands()[7:]:
        assert main(smaller(command, toy_release, river)) == 0, command
    assert len(list((river / "virtual").glob("*.dcm"))) == 4
    assert (river / "look.png").is_file()


def test_every_pair_is_tested_once_by_every_method_and_reference(river):
    prepared = [row["pair"] for row in read_csv(river / "prepared" / "pairs.csv")]
    for method in METHODS:
        rows = []
        for fold in range(3):
            folder = river / "runs" / f"demo-{method}" / f"fold-{fold:02d}"
            rows += read_csv(folder / "scores.csv")
        for name in (method, "reference-le", "reference-mask-mean", "reference-mean-des"):
            assert sorted(row["pair"] for row in rows if row["method"] == name) == sorted(prepared)
        assert {row["origin"] for row in rows} == {"simulated"}


def test_no_patient_stands_on_both_sides(river):
    patient = {row["pair"]: row["patient"] for row in read_csv(river / "prepared" / "pairs.csv")}
    for fold in json.loads((river / "prepared" / "folds.json").read_text())["folds"]:
        sides = [{patient[p] for p in fold[part]} for part in ("train", "val", "test")]
        assert not sides[0] & sides[2]
        assert not sides[1] & sides[2]
        assert not sides[0] & sides[1]


def test_the_report_stands_alone_and_names_the_origin(river):
    page = (river / "report" / "index.html").read_text()
    assert "simulated" in page
    linked = set(re.findall(r'(?:src|href)="(?!data:|#)([^"]*)"', page))
    assert linked == {path.name for path in (river / "report").glob("*.csv")} != set()


def test_the_same_command_again_changes_nothing(river, capsys):
    kept = {p: sha256(p) for p in (river / "runs").rglob("*") if p.is_file()}
    words = smaller(next(c for c in readme_commands() if " crossval " in c), None, river)
    assert main([*words, *MORE["crossval"]]) == 0
    assert capsys.readouterr().out.count("done before") == 9
    assert {p: sha256(p) for p in kept} == kept


def test_training_again_elsewhere_gives_the_same_bytes(river, tmp_path):
    for method in METHODS:
        words = ["train", str(river / "recipes" / f"{method}.toml"), "--data", str(river / "prepared"), "--fold", "1"]
        assert main([*words, "--threads", "1", "--out", str(tmp_path)]) == 0
        weights = f"demo-{method}/fold-01/best.safetensors"
        assert sha256(tmp_path / weights) == sha256(river / "runs" / weights)
