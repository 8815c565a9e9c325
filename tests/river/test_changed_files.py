"""Files that were changed after they were made are noticed where they are opened, by every verb that uses them."""

import json
from dataclasses import replace

import pytest
import torch

from fold_fixtures import folds, run_dir, store
from toy_recipes import toy_file
from vcem.cli.main import main
from vcem.folders.folds import write_folds
from vcem.folders.prepared import add_channel

__all__ = ["folds", "run_dir", "store"]


def flip(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.fixture
def words(store, folds, run_dir, tmp_path):
    """The words of each verb on these data; the run is predicted."""
    recipe, data = toy_file(tmp_path, "autoencoder", size=48, epochs=1), ["--data", store.folder]
    assert main([str(w) for w in ("predict", run_dir, *data)]) == 0
    return {
        "train": ["train", recipe, *data, "--fold", 0, "--out", tmp_path / "out"],
        "crossval": ["crossval", recipe, *data, "--out", tmp_path / "out"],
        "predict": ["predict", run_dir, *data],
        "score": ["score", run_dir / "predictions", *data],
        "start": ["train", recipe, *data, "--fold", 0, "--out", tmp_path / "out", "--init-from", run_dir],
        "validate": ["validate", run_dir, *data, "--shared-patients", "--out", tmp_path / "validated"],
        "export": ["export", run_dir, "--out", tmp_path / "model"],
        "enhance": ["enhance", tmp_path, "--model", run_dir, "--out", tmp_path / "enhanced"],
    }


def refused(words, capsys):
    capsys.readouterr()
    code = main([str(w) for w in words])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("verb", ["train", "crossval", "predict", "score", "validate", "enhance"])
def test_a_gpu_that_is_not_there_is_one_clear_error(words, verb, tmp_path, capsys):
    code, err = refused([*words[verb], "--device", "cuda"], capsys)
    assert (code, err.count("Device cuda cannot be used")) == (2, 1), err


@pytest.mark.parametrize("verb", ["train", "crossval", "predict", "score"])
@pytest.mark.parametrize("file", ["y.npy", "pairs.csv"])
def test_prepared_images_that_were_changed(words, store, verb, file, tmp_path, capsys):
    flip(store.folder / file)
    code, err = refused(words[verb], capsys)
    assert (code, f"{file} was changed after it was made" in err) == (1, True), err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("verb", ["train", "crossval", "score"])
def test_a_strict_fold_with_a_patient_on_both_sides(words, store, verb, capsys):
    path = store.folder / "folds.json"
    content = json.loads(path.read_text())
    fold = content["folds"][0]
    fold["train"].append(fold["test"].pop())
    path.write_text(json.dumps(content))
    code, err = refused(words[verb], capsys)
    assert (code, "are in two parts of one strict fold" in err) == (2, True), err


def test_a_folder_that_is_split_again_is_not_a_changed_one(words, store, folds, capsys):
    add_channel(store.folder, "again", store.x)  # its manifest now holds the folds file too
    write_folds(store.folder / "folds.json", replace(folds, seed=7))
    assert "was changed" not in refused(words["score"], capsys)[1]


@pytest.mark.parametrize("verb", ["start", "predict", "export", "enhance"])
def test_weights_with_a_flipped_bit(words, run_dir, verb, capsys):
    flip(run_dir / "best.safetensors")
    code, err = refused(words[verb], capsys)
    assert (code, "best.safetensors was changed after training" in err) == (1, True), err


def test_predictions_that_were_changed_are_not_scored_and_can_be_made_again(words, run_dir, capsys):
    made = run_dir / "predictions" / "y_hat.npy"
    before = made.read_bytes()
    flip(made)
    code, err = refused(words["score"], capsys)
    assert (code, "y_hat.npy was changed after it was made" in err) == (1, True), err
    assert refused(words["predict"], capsys)[0] == 0
    assert made.read_bytes() == before
    assert refused(words["score"], capsys)[0] == 0
