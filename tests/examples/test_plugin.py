"""The package of the example, installed: its method and its metric go through every verb, and are missed once gone."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from toy_dicom import write
from toy_recipes import three_folds
from vcem.cli.main import main
from vcem.core.files import read_csv, read_json
from vcem.core.terms import Energy
from vcem.methods import METHODS
from vcem.metrics import table

PLUGIN = Path(__file__).parents[2] / "examples" / "plugin"
RECIPE = """
name = "my-unet"
protocol = "strict"
size = 48
seed = 0
method = {kind = "plain-unet", width = 2, depth = 2, lesion_weight = 10.0, optimiser = {kind = "AdamW", lr = 1e-3}}
training = {epochs = 1, batch = 4, patience = 1, precision = "float32"}
augment = {probability = 0.5, shift = 0.1, zoom = 0.1, rotation_deg = 15.0}
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The folder that pip put the package into."""
    folder = tmp_path_factory.mktemp("packages")
    source = shutil.copytree(PLUGIN, folder / "source")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", folder / "installed", source], check=True)
    return folder / "installed"


def forget():
    """Have both tables look anew at what is installed."""
    for known in (METHODS, table.METRICS):
        known.__dict__.pop("_points", None)


@pytest.fixture
def installed(packages, monkeypatch):
    monkeypatch.syspath_prepend(str(packages))
    forget()
    yield packages
    monkeypatch.undo()
    sys.modules.pop("plain_unet", None)
    forget()


def vcem(*words):
    return main([str(word) for word in words])


def enhance(model, folder, out):
    return vcem("enhance", folder / "le", "--model", model, "--out", folder / out)


def test_a_method_and_a_metric_from_outside_go_through_every_verb(installed, toy_store_of, tmp_path, capsys):
    store = toy_store_of(size=48)
    three_folds(store)
    (tmp_path / "my-unet.toml").write_text(RECIPE)
    write(tmp_path / "le" / "1.dcm", Energy.LE)
    runs, run = tmp_path / "runs", tmp_path / "runs" / "my-unet" / "fold-00"

    assert vcem("crossval", tmp_path / "my-unet.toml", "--data", store.folder, "--out", runs, "--threads", 1) == 0
    assert read_json(run / "run.json", "a run")["package"] == "vcem-plain-unet 0.1.0"
    rows = read_csv(run / "scores.csv", ["gradient_error", "gradient_error_breast"])
    assert all(float(row["gradient_error"]) > 0 for row in rows)

    assert vcem("report", runs, "--out", tmp_path / "report", "--data", store.folder) == 0
    page = (tmp_path / "report" / "index.html").read_text().replace("\N{NO-BREAK SPACE}", " ")
    assert "plain-unet" in page
    assert "Gradient error ↓" in page

    for form in ("folder", "onnx"):
        model = tmp_path / form
        assert vcem("export", run, "--to", form, "--out", model) == 0
        card = json.loads((model / "model.json").read_text())
        assert card["package"] == "vcem-plain-unet 0.1.0"
        assert "gradient_error" in card["scores"]["methods"]["plain-unet"]
        assert enhance(model, tmp_path, f"enhanced-{form}") == 0
        assert len(read_csv(tmp_path / f"enhanced-{form}" / "images.csv")) == 1

    capsys.readouterr()
    assert vcem("methods") == 0
    assert "plain-unet" in capsys.readouterr().out
    _without_the_package(installed, store, run, tmp_path, capsys)


def _without_the_package(installed, store, run, folder, capsys):
    info = next(installed.glob("*.dist-info"))
    (info / "entry_points.txt").rename(folder / "entry_points.txt")
    forget()
    try:
        assert vcem("train", folder / "my-unet.toml", "--data", store.folder, "--fold", 0, "--out", folder) == 2
        assert capsys.readouterr().err.splitlines() == [
            "vcem: There is no method 'plain-unet' here.",
            f"  expected: one of {', '.join(METHODS)}",
            "  what to do: install the package that brings 'plain-unet' (entry points vcem.methods), or register it in "
            "your program",
        ]
        for model in (run, folder / "folder"):
            assert enhance(model, folder, "none") == 2
            assert "install vcem-plain-unet 0.1.0" in capsys.readouterr().err
        assert enhance(folder / "onnx", folder, "alone") == 0, "a graph needs no package"
        assert vcem("report", folder / "runs", "--out", folder / "again") == 2
        assert "metrics that are not known here: gradient_error" in capsys.readouterr().err
    finally:
        (folder / "entry_points.txt").rename(info / "entry_points.txt")
