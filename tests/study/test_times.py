import numpy as np
import pytest
import statsmodels.api as sm

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.metrics.intervals import draw_patients
from vcem.study.times import crossover, learning, typical


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


def sessions(seed=0, units=400, treatment=0.3, session=0.2, carry=0.0):
    rng = rng_for(seed, "sessions")
    patients = np.arange(units) // 2
    case = rng.normal(0, 1, units // 2)[patients]
    began = rng.random(units) < 0.4
    sign = np.where(began, 1, -1)
    first = case + sign * treatment / 2 + session / 2 + rng.normal(0, 0.3, units)
    second = case - sign * treatment / 2 - session / 2 + carry * began + rng.normal(0, 0.3, units)
    return first, second, began, patients


def test_crossover_parts_treatment_from_session():
    first, second, began, patients = sessions(1)
    found = crossover(first, second, began, patients, weights(200))
    d = first - second
    expected = (d[began].mean() - d[~began].mean()) / 2, (d[began].mean() + d[~began].mean()) / 2
    assert (found.treatment.estimate, found.session.estimate) == pytest.approx(expected)
    assert found.treatment.low < 0.3 < found.treatment.high
    assert found.session.low < 0.2 < found.session.high
    assert found.carry_over.low < 0 < found.carry_over.high


def test_crossover_sees_what_is_carried_over():
    first, second, began, patients = sessions(units=4000, carry=0.6)
    found = crossover(first, second, began, patients, weights(2000, 200))
    assert found.carry_over.low < 0.6 < found.carry_over.high
    assert found.carry_over.low > 0


def test_the_interval_of_the_treatment_effect_covers():
    covered = 0
    for seed in range(200):
        first, second, began, patients = sessions(seed, units=80)
        treatment = crossover(first, second, began, patients, weights(40, 200)).treatment
        covered += treatment.low <= 0.3 <= treatment.high
    assert 0.88 <= covered / 200 <= 0.99


def test_one_order_alone_is_refused():
    first, second, _, patients = sessions()
    with pytest.raises(UsageError, match="same treatment"):
        crossover(first, second, np.ones(400, bool), patients, weights(200))


@pytest.mark.parametrize("seconds", [[], [0.0, 1.0], [-1.0], [np.nan], [np.inf]])
def test_impossible_times_are_refused(seconds):
    with pytest.raises(UsageError, match="not above 0 s"):
        typical(np.array(seconds, float), np.arange(len(seconds)), weights(2))
