"""A prepared folder, a fold of it, predictions and a finished run."""

import pytest

from toy_run import toy_folds, write_toy_run
from vcem.folders.predictions import Maker, write_predictions

MAKER = Maker("autoencoder", "toy-autoencoder", 0, "0123")


@pytest.fixture
def store(toy_store_of):
    """12 pairs of 3 patients at 48 x 48, where VIF is defined."""
    return toy_store_of(size=48)


@pytest.fixture
def folds(store):
    """One fold; its file lies in the prepared folder."""
    return toy_folds(store)


@pytest.fixture
def predictions(store, folds, tmp_path):
    """Truths of the test pairs at 0.8 of their brightness, as predictions."""
    test = folds.folds[0].test
    return write_predictions(tmp_path / "run" / "predictions", MAKER, store, test, 0.8 * store.y[store.rows(test)])


@pytest.fixture
def run_dir(store, folds, tmp_path):
    """A finished run on that fold."""
    return write_toy_run(tmp_path / "runs", store, folds)
