import numpy as np
import pytest
from scipy.linalg import sqrtm

from vcem.core.seeds import rng_for
from vcem.stats.frechet import ENOUGH, frechet, halves_apart, standardised


def crowd(n, k=4, shift=0.0, scale=1.0, key="crowd"):
    mixing = rng_for(0, "mixing", k).normal(size=(k, k))
    return shift + scale * rng_for(0, key, n).normal(size=(n, k)) @ mixing


def test_agrees_with_the_matrix_root_of_scipy():
    a, b = crowd(60), crowd(80, shift=0.4, scale=1.5, key="other")
    one, other = np.cov(a.T), np.cov(b.T)
    wanted = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(one + other - 2 * sqrtm(one @ other).real)
    assert frechet(a, b) == pytest.approx(wanted)
    assert frechet(a, b) == pytest.approx(frechet(b, a))


def test_a_shift_is_its_square_and_the_same_crowd_is_at_0():
    a = crowd(50)
    assert frechet(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet(a, a + 2) == pytest.approx(4 * a.shape[1])


def test_features_that_hang_together_are_no_trouble():
    a = np.repeat(crowd(40, k=2), 3, axis=1)
    assert frechet(a, a) == pytest.approx(0, abs=1e-6)


def test_few_vectors_have_no_distance():
    assert np.isnan(frechet(crowd(ENOUGH * 4 - 1), crowd(50)))
    assert np.isfinite(frechet(crowd(ENOUGH * 4), crowd(50)))


def test_few_vectors_make_it_too_large_which_halves_of_one_crowd_show():
    def floor(n):
        halves = np.array([rng_for(0, "half", n, k).permutation(n) < n // 2 for k in range(20)])
        return halves_apart(crowd(n), crowd(n), halves)

    assert floor(40) > 2 * floor(400) > 0


def test_halves_pair_one_crowd_with_the_other_half_of_another():
    a, halves = crowd(60), np.arange(60)[None] < 30
    assert halves_apart(a, a + 1, halves) == pytest.approx(frechet(a[:30], a[30:] + 1))


def test_standardised_is_in_standard_deviations_of_the_others():
    by = crowd(50)
    found = standardised(by, by)
    assert np.allclose(found.mean(0), 0)
    assert np.allclose(found.std(0), 1)
    flat = np.ones((50, 2))
    assert np.array_equal(standardised(flat * 3, flat), flat * 2)
