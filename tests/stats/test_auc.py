import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from vcem.core.seeds import rng_for
from vcem.stats.auc import auc, auc_difference, auc_draws, auc_interval
from vcem.stats.intervals import draw_patients


@pytest.fixture
def drawn():
    """Scores, kinds and patients of 60 lesions, with ties."""
    rng = rng_for(0, "auc")
    positive = rng.random(60) < 0.4
    scores = np.round(rng.normal(size=60) + positive, 1)
    return scores, positive, rng.integers(12, size=60)


def test_it_is_scikit_learns(drawn):
    scores, positive, _ = drawn
    assert auc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_order_is_all_that_counts():
    scores, positive = np.array([0.1, 0.2, 0.3, 0.4]), np.array([False, False, True, True])
    assert auc(scores, positive) == 1
    assert auc(-scores, positive) == 0
    assert auc(np.exp(9 * scores), positive) == 1
    assert auc(np.zeros(4), positive) == 0.5


def test_one_kind_alone_has_none():
    assert np.isnan(auc(np.arange(3.0), np.array([True, True, True])))


def test_a_resample_is_the_auc_of_its_lesions(drawn):
    scores, positive, patients = drawn
    weights = draw_patients(12, 20, rng_for(0, "draws"))
    for weight, value in zip(weights, auc_draws(scores, positive, patients, weights), strict=True):
        again = np.repeat(np.arange(60), weight[patients].astype(int))
        assert value == pytest.approx(roc_auc_score(positive[again], scores[again]))


def test_the_interval_holds_the_estimate(drawn):
    found = auc_interval(*drawn, draw_patients(12, 500, rng_for(0, "draws")))
    assert found.low < found.estimate < found.high


def test_a_difference_is_paired(drawn):
    scores, positive, patients = drawn
    weights = draw_patients(12, 500, rng_for(0, "draws"))
    found = auc_difference(scores, scores - 7, positive, patients, weights)
    assert (found.estimate, found.low, found.high) == (0, 0, 0)
    worse = auc_difference(scores, -scores, positive, patients, weights)
    assert worse.low > 0


def test_few_patients_get_no_interval(drawn):
    scores, positive, patients = drawn
    few = patients < 3
    found = auc_interval(scores[few], positive[few], patients[few], draw_patients(3, 50, rng_for(0, "draws")))
    assert np.isnan(found.low)
    assert not np.isnan(found.estimate)


def test_an_honest_guess_is_at_chance():
    rng = rng_for(0, "guess")
    positive, patients = rng.random(400) < 0.5, rng.integers(80, size=400)
    found = auc_interval(rng.normal(size=400), positive, patients, draw_patients(80, 500, rng_for(0, "draws")))
    assert found.low <= 0.5 <= found.high
