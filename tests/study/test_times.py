import numpy as np
import pytest
import statsmodels.api as sm

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.intervals import draw_patients
from vcem.study.times import learning, typical


def weights(patients, resamples=500):
    return draw_patients(patients, resamples, rng_for(0, "times"))


def readings(seed=0, readers=5, cases=60, ratio=0.85, arms=(30.0, 45.0)):
    rng = rng_for(seed, "readings")
    position = np.tile(np.arange(1, cases + 1), readers)
    arm = rng.integers(2, size=readers * cases)
    reader = np.repeat(np.arange(readers), cases)
    seconds = np.array(arms)[arm] * ratio ** np.log2(position) * np.exp(rng.normal(0, 0.3, arm.size))
    return seconds, position, reader, arm


def test_typical_time_is_the_geometric_mean():
    found = typical(np.array([10.0, 20, 40, 20, 20]), np.arange(5), weights(5))
    assert found.mean_s.estimate == pytest.approx(20)
    assert (found.median_s, found.readings) == (20, 5)
    assert 10 < found.mean_s.low < 20 < found.mean_s.high < 40


def test_learning_finds_the_ratio_free_of_the_arms():
    found = learning(*readings())
    assert found.ratio.low < 0.85 < found.ratio.high
    assert found.ratio.estimate == pytest.approx(0.85, abs=0.03)
    assert len(found.by_reader) == 5


def test_a_readers_slope_equals_the_peer():
    seconds, position, reader, arm = readings(readers=1)
    design = np.column_stack([np.log2(position), arm == 0, arm == 1]).astype(float)
    slope = sm.OLS(np.log2(seconds), design).fit().params[0]
    assert learning(seconds, position, reader, arm).by_reader[0] == pytest.approx(2**slope)
    assert np.isnan(learning(seconds, position, reader, arm).ratio.low)


def test_learning_needs_readings_that_tell_a_slope():
    with pytest.raises(UsageError, match="no slope"):
        learning(np.array([1.0, 2, 3]), np.array([1, 2, 3]), np.zeros(3, int), np.array([0, 1, 1]))
    with pytest.raises(UsageError, match="no slope"):
        learning(np.ones(9), np.ones(9, int), np.zeros(9, int), np.zeros(9, int))
    with pytest.raises(UsageError, match="below 1"):
        learning(np.ones(9), np.arange(9), np.zeros(9, int), np.zeros(9, int))


@pytest.mark.parametrize("seconds", [[], [0.0, 1.0], [-1.0], [np.nan], [np.inf]])
def test_impossible_times_are_refused(seconds):
    with pytest.raises(UsageError, match="not above 0 s"):
        typical(np.array(seconds, float), np.arange(len(seconds)), weights(2))
