import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.auc import comparisons, empirical_auc
from vcem.stats.covariance import Covariance, covariance, delong, jackknife, unbiased


def study(seed=0, rows=3, positive=9, negative=11):
    rng = rng_for(seed, "covariance")
    truth = np.arange(positive + negative) < positive
    shared = rng.normal(0, 1, truth.size)
    return np.round(rng.normal(shared + truth, 0.7, (rows, truth.size)) * 2), truth


def test_jackknife_follows_its_definition():
    scores, truth = study()
    k = truth.size
    left_out = np.array([empirical_auc(np.delete(scores, i, 1), np.delete(truth, i)) for i in range(k)])
    expected = (k - 1) ** 2 / k * np.cov(left_out.T)
    assert np.allclose(jackknife(scores, truth, np.arange(k)), expected, atol=1e-14)


def test_delong_follows_its_definition():
    scores, truth = study()
    psi = comparisons(scores[:, truth], scores[:, ~truth])
    expected = np.cov(psi.mean(2)) / 9 + np.cov(psi.mean(1)) / 11
    assert np.allclose(delong(scores, truth, np.arange(20)), expected, atol=1e-14)


def test_unbiased_is_the_sum_over_pairs_without_a_common_case():
    scores, truth = study(positive=4, negative=5)
    psi = comparisons(scores[:, truth], scores[:, ~truth])
    apart = [
        np.outer(psi[:, i, j], psi[:, u, v])
        for i in range(4) for j in range(5) for u in range(4) for v in range(5) if i != u and j != v
    ]  # fmt: skip
    areas = empirical_auc(scores, truth)
    assert np.allclose(unbiased(scores, truth), np.outer(areas, areas) - np.mean(apart, 0), atol=1e-14)


def test_unbiased_has_no_bias_and_the_others_little():
    found = {method: [] for method in Covariance}
    areas = []
    for seed in range(600):
        scores, truth = study(seed, rows=2)
        areas.append(empirical_auc(scores, truth))
        for method in Covariance:
            found[method].append(covariance(scores, truth, np.arange(20), method))
    true = np.cov(np.array(areas).T)
    ratio = {method: np.mean(matrices, 0) / true for method, matrices in found.items()}
    assert np.allclose(ratio[Covariance.UNBIASED], 1, atol=0.18)  # 600 studies know their variance to 6 % or so
    assert np.allclose(ratio[Covariance.DELONG], 1, atol=0.25)
    assert np.allclose(ratio[Covariance.JACKKNIFE], 1, atol=0.3)


@pytest.mark.parametrize("method", [Covariance.JACKKNIFE, Covariance.DELONG])
def test_patients_read_twice_bring_no_certainty(method):
    scores, truth = study()
    once = covariance(scores, truth, np.arange(20), method)
    twice = covariance(np.hstack([scores, scores]), np.hstack([truth, truth]), np.tile(np.arange(20), 2), method)
    fooled = covariance(np.hstack([scores, scores]), np.hstack([truth, truth]), np.arange(40), method)
    assert np.allclose(twice, once, rtol=0.02)
    assert np.allclose(fooled, once / 2, rtol=0.1)


def test_a_patients_own_positive_and_negative_case_are_taken_together():
    rng = rng_for(3, "both")
    truth, patients = np.arange(80) < 40, np.tile(np.arange(40), 2)
    # what raises a patient's positive case raises the negative one too: the area varies less than if they were apart
    scores = rng.normal(0, 1, 40)[patients] + truth + rng.normal(0, 0.4, (3, 80))
    found = {m: covariance(scores, truth, patients, m) for m in (Covariance.JACKKNIFE, Covariance.DELONG)}
    assert np.allclose(found[Covariance.JACKKNIFE], found[Covariance.DELONG], rtol=0.1)
    assert (found[Covariance.DELONG] < 0.6 * delong(scores, truth, np.arange(80))).all()
    assert np.allclose(found[Covariance.DELONG], found[Covariance.DELONG].T)


def test_unbiased_refuses_patients_with_several_cases():
    scores, truth = study()
    with pytest.raises(UsageError, match="several cases"):
        covariance(scores, truth, np.arange(20) // 2, Covariance.UNBIASED)
