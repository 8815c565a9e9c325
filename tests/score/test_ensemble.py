from dataclasses import replace

import numpy as np
import pytest

from toy_recipes import three_folds, toy_recipe
from vcem.cli.main import main
from vcem.core.errors import UsageError
from vcem.core.terms import Protocol
from vcem.folders.predictions import read_predictions
from vcem.score.ensemble import predict_together, refuse_mixture_of
from vcem.score.predict import predict_run
from vcem.train.fold import Options, train_fold


@pytest.fixture
def store(toy_store_of):
    return toy_store_of(size=16)


@pytest.fixture
def folds(store):
    return three_folds(store)


@pytest.fixture
def runs(store, folds, tmp_path):
    """Two finished runs of one fold, and one of another."""

    def trained(name, fold):
        recipe = toy_recipe(tmp_path, "autoencoder", name=name, epochs=1, seed=len(name))
        return train_fold(recipe, store, folds, fold, tmp_path / "runs", Options(threads=1))

    return [trained("one", 0), trained("other", 0), trained("one", 1)]


def test_the_mean_image_of_two_runs(runs, store, folds, tmp_path, capsys):
    out, pairs = tmp_path / "mean", folds.folds[0].test
    words = [str(run.folder) for run in runs[:2]]
    assert main(["predict", *words, "--data", str(store.folder), "--out", str(out)]) == 0
    made = read_predictions(out)
    alone = [predict_run(run, store, pairs, tmp_path / run.recipe.name).y_hat for run in runs[:2]]
    assert np.abs(alone[0] - alone[1]).max() > 1e-4
    np.testing.assert_allclose(made.y_hat, (alone[0] + alone[1]) / 2, atol=1e-6)
    assert (made.maker.recipe, made.maker.fold, made.pairs) == ("one+other", 0, pairs)


def test_runs_of_different_folds_are_refused_on_what_one_of_them_trained_with(runs, store, folds, tmp_path, capsys):
    words = [
        "predict",
        *(str(run.folder) for run in runs[1:]),
        "--data",
        str(store.folder),
        "--out",
        str(tmp_path / "x"),
    ]
    assert main(words) == 2
    assert "folds 0, 1: what one of them tests another saw in training" in capsys.readouterr().err
    assert main([*words, "--pairs", folds.folds[0].test[0]]) == 2
    assert f"trained or validated with 1 of these pairs, such as {folds.folds[0].test[0]}" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_runs_on_images_of_different_sizes_are_refused(runs, store, folds, toy_store_of, tmp_path):
    wide = toy_store_of(size=32)
    recipe = toy_recipe(tmp_path, "autoencoder", name="wide", size=32, epochs=1)
    run = train_fold(recipe, wide, folds, 0, tmp_path / "runs", Options(threads=1))
    with pytest.raises(UsageError, match=r"wide.fold-00 cannot be averaged with(.|\n)*size 32 x 32(.|\n)*against 16"):
        predict_together([runs[0], run], store, folds.folds[0].test, tmp_path / "x")


def test_runs_of_different_frames_or_protocols_are_refused(runs):
    breast = replace(runs[1], facts=runs[1].facts | {"frame": "breast"})
    with pytest.raises(UsageError, match=r"16 x 16 pixels of the breast against 16 x 16 pixels of the field"):
        refuse_mixture_of([runs[0], breast])
    paper = replace(runs[1], recipe=replace(runs[1].recipe, protocol=Protocol.PAPER))
    with pytest.raises(UsageError, match=r"protocol paper against strict"):
        refuse_mixture_of([runs[0], paper])
