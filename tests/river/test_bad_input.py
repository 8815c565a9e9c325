"""What a user can do wrong, and what can break under him: one clear message, and nothing already written is lost."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from processes import finish, start, vcem_with_little_room
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


def unfinish(folder):
    """Make a finished run one that was stopped."""
    run = folder / "run.json"
    run.write_text(run.read_text().replace('"finished": true', '"finished": false'))


def state_of(out, kind="autoencoder"):
    """The checkpoint, its clock time apart."""
    state = torch.load(out / f"toy-{kind}" / "fold-00" / "state.pt", weights_only=True)
    state["position"].pop("seconds")
    return state


def goes_on_to_the_same_bits(store, tmp_path):
    assert train(store, tmp_path, tmp_path / "runs") == 0
    assert train(store, tmp_path, tmp_path / "unbroken") == 0
    torch.testing.assert_close(state_of(tmp_path / "runs"), state_of(tmp_path / "unbroken"), rtol=0, atol=0)
    weights = "toy-autoencoder/fold-00/best.safetensors"
    return sha256(tmp_path / "runs" / weights) == sha256(tmp_path / "unbroken" / weights)


def full_at(monkeypatch, name, time):
    """Fill the disk when the file of this name is written for that time."""
    written, replace = [], Path.replace

    def full(self, target):
        written.append(Path(target).name)
        if written[-1] == name and written.count(name) == time:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)


@pytest.mark.parametrize("name", ["log.jsonl", "best.safetensors", "state.pt"])
def test_a_disk_that_fills_up_loses_nothing_and_the_same_command_goes_on(name, store, tmp_path, capsys, monkeypatch):
    folder = tmp_path / "runs" / "toy-autoencoder" / "fold-00"
    with monkeypatch.context() as patched:
        full_at(patched, name, 2)
        assert train(store, tmp_path, tmp_path / "runs") == 1
    assert told(capsys, "disk is full", name, "unchanged", "same command")
    assert not list(folder.glob(".*.partial"))
    assert state_of(tmp_path / "runs")["position"]["epoch"] == 1, "the older checkpoint still loads"
    with monkeypatch.context() as patched:
        full_at(patched, name, 1)
        before = sums(folder)
        assert train(store, tmp_path, tmp_path / "runs") == 1
    older = {p: s for p, s in before.items() if p.name in ("state.pt", name)}
    assert {p: sha256(p) for p in older} == older
    assert goes_on_to_the_same_bits(store, tmp_path)


@pytest.mark.parametrize(("name", "room"), [("best.safetensors", 6_000), ("state.pt", 14_000)])
def test_a_write_that_the_system_cuts_short_is_told(name, room, store, tmp_path):
    """With a limit on the size of files every writer meets a real error of the system, its own libraries' included."""
    recipe, out, said = toy_file(tmp_path, "autoencoder"), tmp_path / "runs", tmp_path / "told.txt"
    words = ["train", recipe, "--data", store.folder, "--fold", 0, "--out", out, "--threads", 1]
    assert finish(start(vcem_with_little_room, words, said, room)) == 1
    text = said.read_text()
    assert f"{name} cannot be written: {os.strerror(errno.EFBIG)}" in text
    assert "Traceback" not in text
    assert not list(out.rglob(name))
    assert not list(out.rglob(".*.partial"))
    assert goes_on_to_the_same_bits(store, tmp_path)


def test_a_damaged_checkpoint_is_told(store, tmp_path, capsys):
    assert train(store, tmp_path, tmp_path / "runs") == 0
    folder = tmp_path / "runs" / "toy-autoencoder" / "fold-00"
    unfinish(folder)
    state = folder / "state.pt"
    state.write_bytes(state.read_bytes()[:1000])
    before = sums(folder)
    capsys.readouterr()
    assert train(store, tmp_path, tmp_path / "runs") == 1
    assert told(capsys, "state.pt", "damaged", "what to do")
    assert sums(folder) == before


def test_a_checkpoint_of_another_method_is_told_and_nothing_changes(store, tmp_path, capsys):
    assert train(store, tmp_path, tmp_path / "runs") == 0
    assert train(store, tmp_path, tmp_path / "runs", kind="pix2pix") == 0
    other, folder = (tmp_path / "runs" / f"toy-{kind}" / "fold-00" for kind in ("autoencoder", "pix2pix"))
    unfinish(folder)
    shutil.copy(other / "state.pt", folder)
    before = sums(folder)
    capsys.readouterr()
    assert train(store, tmp_path, tmp_path / "runs", kind="pix2pix") == 1
    assert told(capsys, "state.pt is of other networks", "the checkpoint of this very run", "train this fold again")
    assert sums(folder) == before


def test_weights_of_another_method_are_told(store, tmp_path, capsys):
    assert train(store, tmp_path, tmp_path / "runs") == 0
    assert train(store, tmp_path, tmp_path / "runs", kind="pix2pix") == 0
    other, folder = (tmp_path / "runs" / f"toy-{kind}" / "fold-00" for kind in ("autoencoder", "pix2pix"))
    shutil.copy(other / "best.safetensors", folder)
    capsys.readouterr()
    words = ["predict", folder, "--data", store.folder, "--out", tmp_path / "p", "--part", "val"]
    assert main([str(w) for w in words]) == 1
    assert told(capsys, "best.safetensors was changed after training")
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


def test_folds_of_other_data_are_told(store, toy_store_of, tmp_path, capsys):
    folds = store.folder / "folds.json"
    folds.write_text(folds.read_text().replace("P1_L_CC", "P77_L_CC"))
    before = sums(store.folder)
    for words in (["train"], ["crossval"]):
        words += [str(toy_file(tmp_path, "autoencoder")), "--data", str(store.folder), "--out", str(tmp_path / "runs")]
        assert main([*words, *(["--fold", "0"] if words[0] == "train" else [])]) == 2
        assert told(capsys, "1 pair(s) are not in", "P77_L_CC", "a folds file made from these data", "vcem split")
    assert sums(store.folder) == before
    assert not (tmp_path / "runs").exists()


def test_what_an_archive_lacks_is_listed_and_the_rest_is_taken(toy_release, tmp_path):
    """The toy release has 8 whole patients, then an LE without DES (P9) and a DES that was cut short (P10)."""
    words = ["import", "cdd-cesm", str(toy_release), str(tmp_path / "out"), "--origin", "simulated", "--jobs", "1"]
    assert main(words) == 0
    skipped = read_csv(tmp_path / "out" / "skipped.csv")
    reasons = {key: [r["why"] for r in skipped if key in r["what"]] for key in ("P9_L", "P10_L", "Thumbs.db")}
    assert all(reasons.values()), skipped
    assert "without" in reasons["P9_L"][0] or "no DES" in reasons["P9_L"][0]
    assert any("cannot be read" in why for why in reasons["P10_L"])
    taken = read_csv(tmp_path / "out" / "pairs.csv")
    assert len(taken) == 33
    assert {row["patient"] for row in taken} == {f"P{n}" for n in range(1, 9)}


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
