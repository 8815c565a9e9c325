"""Pairs of enough patients to calibrate, and runs on their three folds."""

from hidden_lesions import hidden_folds, hidden_store
from toy_recipes import toy_recipe
from vcem.train.fold import Options, train_fold

PATIENTS = 18
LEVEL = 0.8


def calibrating_store(here):
    return hidden_store(here / "prepared", PATIENTS)


def trained(here, store, kind="autoencoder", folds=(0, 1, 2), **fields):
    """Train a toy method on folds and return its runs."""
    here.mkdir(exist_ok=True)
    recipe = toy_recipe(here, kind, size=32, epochs=1, **{"name": kind, **fields})
    return [train_fold(recipe, store, hidden_folds(store), k, here / "runs", Options(threads=1)) for k in folds]
