import numpy as np
import pytest
from scipy import stats

from vcem.core.seeds import rng_for
from vcem.stats.correlation import pearson, slope, spearman
from vcem.stats.intervals import draw_patients


@pytest.fixture
def lesions():
    rng = rng_for(0, "lesions")
    a = np.round(rng.normal(0, 1, 60), 1)
    return a, np.round(0.7 * a + rng.normal(0, 0.7, 60), 1), np.arange(60) // 2


def number(result):
    return getattr(result, "statistic", None) or result.slope


@pytest.mark.parametrize(
    ("ours", "theirs"), [(pearson, stats.pearsonr), (spearman, stats.spearmanr), (slope, stats.linregress)]
)
def test_estimate_and_every_resample_agree_with_scipy(lesions, ours, theirs):
    a, b, patients = lesions
    weights = draw_patients(30, 40, rng_for(1, "draws"))
    draws = []
    for row in weights:
        picked = np.repeat(np.arange(60), row[patients].astype(int))
        draws.append(number(theirs(a[picked], b[picked])))
    found = ours(a, b, patients, weights)
    assert found.estimate == pytest.approx(number(theirs(a, b)))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])))


@pytest.mark.parametrize("ours", [pearson, spearman])
def test_a_prediction_that_does_not_vary_has_no_correlation(lesions, ours):
    a, _, patients = lesions
    weights = draw_patients(30, 40, rng_for(1, "draws"))
    rounding = 0.2 + 1e-8 * np.arange(60)
    assert np.isnan(ours(a, rounding, patients, weights).estimate)
    assert np.isnan(ours(a[:0], a[:0], patients[:0], weights).estimate)


@pytest.mark.parametrize("ours", [pearson, spearman])
def test_unknown_values_are_left_out(lesions, ours):
    a, b, patients = lesions
    weights = draw_patients(30, 40, rng_for(1, "draws"))
    short = ours(a[:50], b[:50], patients[:50], weights)
    b = np.where(np.arange(60) < 50, b, np.nan)
    assert ours(a, b, patients, weights) == short


def test_few_patients_give_no_interval(lesions):
    a, b, _ = lesions
    found = pearson(a, b, np.arange(60) % 4, draw_patients(4, 40, rng_for(1, "draws")))
    assert found.estimate > 0.3
    assert np.isnan(found.low)
