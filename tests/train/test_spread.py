import numpy as np
import pytest
import torch

from calibrations import calibrating_store, trained
from vcem.core.errors import FailureError, UsageError
from vcem.nets.quantiles import LEAST, QuantileHead
from vcem.score.predict import predict_run
from vcem.score.spread import stated
from vcem.train.spread import Source, draw_of, head_bytes, head_in


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return tmp_path_factory.mktemp("spread")


@pytest.fixture(scope="module")
def store(here):
    return calibrating_store(here)


@pytest.fixture(scope="module")
def runs(here, store):
    return [trained(here, store, folds=(0,), name=name, seed=k)[0] for k, name in enumerate(("one", "other"))]


def test_an_ensemble_is_as_unsure_as_its_members_are_apart(runs, store, tmp_path):
    pairs = [p.pair for p in store.pairs[:3]]
    made = stated(draw_of(Source.ENSEMBLE, runs), store, pairs)
    alone = np.stack([predict_run(run, store, pairs, tmp_path / run.recipe.name).y_hat for run in runs])
    np.testing.assert_allclose(made.y_hat, alone.mean(0), atol=1e-6)
    np.testing.assert_allclose(made.lower, np.maximum(alone.std(0, ddof=1), LEAST), atol=1e-6)
    assert np.array_equal(made.lower, made.upper)


def test_one_image_has_no_spread(runs):
    with pytest.raises(UsageError, match="1 image of each LE image has no spread"):
        draw_of(Source.ENSEMBLE, runs[:1])
    with pytest.raises(UsageError, match="1 image of each LE image has no spread"):
        draw_of(Source.SAMPLES, runs[:1], passes=1)


def test_passes_of_a_method_that_draws_several_images(here, store):
    run = trained(here, store, "autoencoder-dropout", folds=(0,))
    pairs = [p.pair for p in store.pairs[:2]]
    made = stated(draw_of(Source.SAMPLES, run, passes=4), store, pairs)
    assert (made.lower[0] > LEAST).any()
    alone = stated(draw_of(Source.SAMPLES, run, passes=4), store, pairs[:1])
    np.testing.assert_allclose(made.lower[:1], alone.lower, atol=1e-6)


def test_a_method_without_passes_is_refused_as_a_source_of_samples(runs, store):
    with pytest.raises(UsageError, match="all its passes are one image"):
        stated(draw_of(Source.SAMPLES, runs[:1]), store, [store.pairs[0].pair])


def test_a_head_is_read_as_it_was_written(tmp_path):
    head = QuantileHead()
    (tmp_path / "head").write_bytes(head_bytes(head))
    x = torch.rand(1, 1, 16, 16)
    assert torch.equal(head_in(tmp_path / "head")(x, x, x), head(x, x, x))
    with pytest.raises(FailureError, match="is damaged"):
        head_in(tmp_path / "none")
