import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm
from statsmodels.stats.contingency_tables import mcnemar

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.equivalence import PairedShares, equivalence, pair, score_interval, score_z
from vcem.stats.intervals import draw_patients


def weights(patients, resamples=1000):
    return draw_patients(patients, resamples, rng_for(0, "equivalence"))


def flags(both, first, second, neither):
    return (
        np.repeat([True, True, False, False], [both, first, second, neither]),
        np.repeat([True, False, True, False], [both, first, second, neither]),
    )


def test_published_score_interval():
    # Fagerland, Lydersen & Laake (2014), tables II and V: 21 children, 1 and 7 changed
    found = score_interval(PairedShares(21, 1, 1, 7), 0.95)
    assert found == pytest.approx((-0.517, -0.026), abs=5.1e-4)


@pytest.mark.parametrize(("counts", "delta"), [((40, 12, 160), 0.05), ((3, 9, 50), -0.1), ((0, 4, 30), 0.1)])
def test_score_statistic_from_the_likelihood_itself(counts, delta):
    b, c, n = counts

    def minus_log_likelihood(q21):
        q12 = q21 + delta
        rest = 1 - q12 - q21
        return -(b * np.log(q12) + c * np.log(q21) + (n - b - c) * np.log(rest))

    low, high = max(0, -delta) + 1e-12, (1 - delta) / 2 - 1e-12
    q21 = minimize_scalar(minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
    expected = (b - c - n * delta) / np.sqrt(n * (2 * q21 + delta - delta**2))
    assert score_z(PairedShares(n, n - b - c, b, c), delta) == pytest.approx(expected, rel=1e-5)


def test_the_interval_holds_what_the_test_keeps():
    shares = PairedShares(160, 100, 40, 20)
    low, high = score_interval(shares, 0.95)
    assert low < shares.difference == 0.125 < high
    assert score_z(shares, low) == pytest.approx(norm.ppf(0.975), abs=1e-6)
    assert score_z(shares, high) == pytest.approx(norm.ppf(0.025), abs=1e-6)


@pytest.mark.parametrize("counts", [(0, 0), (10, 0), (0, 10), (1, 0)])
def test_extreme_tables_have_an_interval(counts):
    low, high = score_interval(PairedShares(10, 0, *counts), 0.9)
    assert -1 <= low < high <= 1


@pytest.mark.parametrize("counts", [(40, 12, 3, 5), (10, 0, 6, 0), (10, 2, 2, 9)])
def test_the_test_for_a_difference_equals_the_peer(counts):
    both, first, second, neither = counts
    peer = mcnemar([[both, first], [second, neither]], exact=True).pvalue
    assert pair(*flags(*counts)).p_differs == pytest.approx(peer)
    assert PairedShares(10, 10, 0, 0).p_differs == 1


def test_no_difference_in_a_small_study_is_not_equivalence():
    # 80 % on both of 25 pairs, as published; the study is far too small to show it
    first, second = flags(18, 2, 2, 3)
    found = equivalence(first, second, np.arange(25), weights(25), margin=0.05)
    assert pair(first, second).p_differs == 1
    assert found.difference == 0
    assert not found.equivalent
    assert not found.not_inferior
    assert found.high > 0.1


def test_a_large_study_shows_it():
    first, second = flags(1500, 60, 60, 380)
    found = equivalence(first, second, np.arange(2000), weights(2000), margin=0.05)
    assert found.equivalent
    assert found.not_inferior
    assert max(found.p_not_worse, found.p_not_better) < 0.05
    assert (found.low, found.high) == pytest.approx((found.clustered_low, found.clustered_high), abs=2e-3)


def test_worse_by_more_than_the_margin_is_neither_and_better_is_not_inferior():
    worse, better = flags(700, 200, 20, 80), flags(700, 20, 200, 80)
    bad, good = (equivalence(*f, np.arange(1000), weights(1000), 0.05) for f in (worse, better))
    assert (bad.equivalent, bad.not_inferior) == (False, False)
    assert (good.equivalent, good.not_inferior) == (False, True)


@pytest.mark.parametrize("counts", [(90, 4, 4, 2), (60, 3, 9, 28), (10, 10, 10, 10)])
def test_verdict_of_the_tests_and_of_the_interval_agree(counts):
    found = equivalence(*flags(*counts), np.arange(sum(counts)), weights(sum(counts)), 0.1)
    assert found.equivalent == (max(found.p_not_worse, found.p_not_better) < 0.05)


def test_readers_of_the_same_patients_are_not_new_patients():
    first, second = (np.tile(f, 8) for f in flags(30, 4, 4, 2))
    patients = np.tile(np.arange(40), 8)
    honest = equivalence(first, second, patients, weights(40), 0.1)
    fooled = equivalence(first, second, np.arange(320), weights(320), 0.1)
    assert honest.clustered
    assert not honest.equivalent
    assert fooled.equivalent


def test_full_agreement_of_few_patients_is_no_proof():
    first, second = (np.tile(f, 10) for f in flags(6, 0, 0, 0))
    found = equivalence(first, second, np.tile(np.arange(6), 10), weights(6), 0.1)
    assert found.clustered_low < -0.1
    assert not found.equivalent


def test_two_one_sided_tests_keep_their_level_at_the_margin():
    shown = 0
    for seed in range(400):
        rng = rng_for(seed, "tost")
        draw = rng.random(300)
        # only first 0.15, only second 0.05: the true difference is the margin
        first, second = (draw < 0.7) | ((draw > 0.7) & (draw < 0.85)), (draw < 0.7) | (draw > 0.95)
        low, high = score_interval(pair(first, second), 0.9)
        shown += low > -0.1 and high < 0.1
    assert 0.02 <= shown / 400 <= 0.085


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.1, 5.0])
def test_an_impossible_margin_is_refused(margin):
    with pytest.raises(UsageError, match="margin"):
        equivalence(*flags(5, 1, 1, 1), np.arange(8), weights(8), margin)


def test_no_pairs_are_refused():
    with pytest.raises(UsageError, match="no pairs"):
        pair(np.zeros(0, bool), np.zeros(0, bool))
