"""What a user can do wrong, and what can break under him: one clear message, and nothing already written is lost."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from toy_recipes import three_folds, toy_file
from vcem.cli.main import main
from vcem.core.files import read_csv, sha256


@pytest.fixture
def store(toy_store_of):
    made = toy_store_of(size=16)
    three_folds(made)
    return made


def train(store, tmp_path, out, kind="autoencoder", **fields):
    recipe = toy_file(tmp_path, kind, **fields)
    return main(["train", str(recipe), "--data", str(store.folder), "--fold", "0", "--out", str(out), "--threads", "1"])


def told(capsys, *parts):
    text = capsys.readouterr().err
    assert "Traceback" not in text
    missing = [part for part in parts if part not in text]
    assert not missing, text
    return True


def sums(folder):
    return {p: sha256(p) for p in folder.rglob("*") if p.is_file()}


def test_a_disk_that_fills_up_loses_nothing_and_the_same_command_goes_on(store, tmp_path, capsys, monkeypatch):
    assert train(store, tmp_path, tmp_path / "unbroken") == 0
    saved, replace = [], Path.replace

    def full(self, target):
        if Path(target).name == "state.pt":
            saved.append(target)
        if len(saved) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        capsys.readouterr()
        assert train(store, tmp_path, tmp_path / "runs") == 1
    assert told(capsys, "disk is full", "state.pt", "unchanged", "same command")
    folder = tmp_path / "runs" / "toy-autoencoder" / "fold-00"
    assert not list(folder.glob(".*.partial"))
    assert train(store, tmp_path, tmp_path / "runs") == 0
    weights = "toy-autoencoder/fold-00/best.safetensors"
    assert sha256(tmp_path / "runs" / weights) == sha256(tmp_path / "unbroken" / weights)


def test_a_damaged_checkpoint_is_told(store, tmp_path, capsys):
    assert train(store, tmp_path, tmp_path / "runs") == 0
    folder = tmp_path / "runs" / "toy-autoencoder" / "fold-00"
    run = folder / "run.json"
    run.write_text(run.read_text().replace('"finished": true', '"finished": false'))
    state = folder / "state.pt"
    state.write_bytes(state.read_bytes()[:1000])
    before = sums(folder)
    capsys.readouterr()
    assert train(store, tmp_path, tmp_path / "runs") == 1
    assert told(capsys, "state.pt", "damaged", "what to do")
    assert sums(folder) == before


def test_a_checkpoint_of_another_method_is_told(store, tmp_path, capsys):
    assert train(store, tmp_path, tmp_path / "runs") == 0
    assert train(store, tmp_path, tmp_path / "runs", kind="pix2pix") == 0
    folder = tmp_path / "runs" / "toy-pix2pix" / "fold-00"
    shutil.copy(tmp_path / "runs" / "toy-autoencoder" / "fold-00" / "best.safetensors", folder)
    capsys.readouterr()
    assert (
        main(["predict", str(folder), "--data", str(store.folder), "--out", str(tmp_path / "p"), "--part", "val"]) == 2
    )
    assert told(capsys, "differ", "same method")
    assert not (tmp_path / "p").exists()


def test_damaged_weights_are_told(store, tmp_path, capsys):
    assert train(store, tmp_path, tmp_path / "runs") == 0
    folder = tmp_path / "runs" / "toy-autoencoder" / "fold-00"
    weights = folder / "best.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    capsys.readouterr()
    assert main(["predict", str(folder), "--data", str(store.folder)]) == 1
    assert told(capsys, "best.safetensors", "damaged", "what to do")


def test_another_recipe_of_the_same_name_does_not_overwrite_a_run(store, tmp_path, capsys):
    assert train(store, tmp_path, tmp_path / "runs") == 0
    before = sums(tmp_path / "runs")
    capsys.readouterr()
    assert train(store, tmp_path, tmp_path / "runs", epochs=4) == 2
    assert told(capsys, "holds another run", "recipe_digest", "what to do")
    assert sums(tmp_path / "runs") == before


def test_a_cut_array_of_prepared_data_is_told(store, tmp_path, capsys):
    path = store.folder / "x.npy"
    path.write_bytes(path.read_bytes()[:3000])
    assert train(store, tmp_path, tmp_path / "runs") == 1
    assert told(capsys, "x.npy", "expected", "what to do")
    assert not (tmp_path / "runs").exists()


def test_a_mask_of_another_size_and_a_file_that_is_no_image_are_told(tmp_path, capsys):
    for name, side in (("truth", 48), ("prediction", 48), ("mask", 40)):
        Image.fromarray(np.full((side, side), 90, np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "text.png").write_text("no image")
    truth, prediction, mask, text = (str(tmp_path / f"{n}.png") for n in ("truth", "prediction", "mask", "text"))
    assert main(["compare", truth, prediction, "--mask", mask]) == 2
    assert told(capsys, "40 x 40", "48 x 48")
    assert main(["compare", truth, text]) == 1
    assert told(capsys, "text.png", "expected")


def test_what_an_archive_lacks_is_listed_and_the_rest_is_taken(toy_release, tmp_path):
    assert (
        main(["import", "cdd-cesm", str(toy_release), str(tmp_path / "out"), "--origin", "simulated", "--jobs", "1"])
        == 0
    )
    reasons = " ".join(row["why"] for row in read_csv(tmp_path / "out" / "skipped.csv"))
    assert "cannot be read" in reasons
    assert "no DES" in reasons or "without" in reasons


@pytest.mark.parametrize("made", ["empty", "other", "missing"])
def test_a_folder_that_is_no_archive_is_told_and_nothing_is_made(made, tmp_path, capsys):
    source = tmp_path / "source"
    if made != "missing":
        source.mkdir()
    if made == "other":
        (source / "thesis.txt").write_text("dear")
    assert main(["import", "cdd-cesm", str(source), str(tmp_path / "out")]) == 2
    assert told(capsys, "source", "expected")
    assert not (tmp_path / "out").exists()
