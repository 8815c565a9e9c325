import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from vcem.core.seeds import rng_for
from vcem.stats.auc import (
    auc,
    auc_difference,
    auc_draws,
    auc_interval,
    comparisons,
    deleted_areas,
    empirical_auc,
    placements,
    weighted_auc,
)
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


def coarse(seed, rows=3, cases=40, levels=5):
    rng = rng_for(seed, "auc")
    truth = np.arange(cases) % 3 == 0
    return np.round(rng.normal(truth * 1.0, 1, (rows, cases)) * levels / 4), truth


@pytest.mark.parametrize("seed", range(4))
def test_area_with_ties_equals_the_peer(seed):
    scores, truth = coarse(seed)
    assert len(np.unique(scores)) < 12
    expected = [roc_auc_score(truth, row) for row in scores]
    assert np.allclose(empirical_auc(scores, truth), expected, atol=1e-12)


def test_area_knows_perfect_reversed_and_blind_readers():
    truth = np.array([False, False, True, True])
    scores = np.array([[1.0, 2, 3, 4], [4, 3, 2, 1], [2, 2, 2, 2]])
    assert empirical_auc(scores, truth).tolist() == [1, 0, 0.5]


def test_placements_are_row_and_column_means_of_all_comparisons():
    scores, truth = coarse(7)
    psi = comparisons(scores[:, truth], scores[:, ~truth])
    found = placements(scores, truth)
    assert set(np.unique(psi)) == {0.0, 0.5, 1.0}
    assert np.allclose(found.positive, psi.mean(2))
    assert np.allclose(found.negative, psi.mean(1))
    assert np.allclose(found.areas, psi.mean((1, 2)))


def test_deleted_areas_equal_areas_computed_anew():
    scores, truth = coarse(2)
    patients = np.arange(40) // 2  # patients with a positive and a negative case, and with two negative ones
    found = deleted_areas(scores, truth, patients)
    for p in range(20):
        kept = patients != p
        assert np.allclose(found[:, p], empirical_auc(scores[:, kept], truth[kept]), atol=1e-12)


def test_shares_weigh_as_that_many_cases_do():
    scores, positive, negative = np.array([0.1, 0.5, 0.9]), np.array([1, 2, 4]), np.array([3, 2, 0])
    cases = np.concatenate([np.repeat(scores, positive), np.repeat(scores, negative)])
    expected = roc_auc_score(np.arange(cases.size) < positive.sum(), cases)
    assert weighted_auc(scores, positive / 7, negative / 5) == pytest.approx(expected)
    assert np.isnan(weighted_auc(scores, np.zeros(3), negative / 5))
