import time

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from vcem.core.seeds import rng_for
from vcem.stats.intervals import (
    Interval,
    draw_patients,
    draw_signs,
    holm,
    mean_draws,
    mean_intervals,
    patient_totals,
    share_interval,
    sign_flip_p,
)


def correlated(rng: np.random.Generator, patients: int = 40, each: int = 4, own: float = 0.3):
    """Images of one patient share most of their value."""
    index = np.repeat(np.arange(patients), each)
    return rng.normal(0, 1, patients)[index] + rng.normal(0, own, index.size), index


def width(interval: Interval) -> float:
    return interval.high - interval.low


def test_weights_draw_as_many_patients_as_there_are():
    weights = draw_patients(7, 50, rng_for(0, "w"))
    assert weights.shape == (50, 7)
    assert (weights.sum(1) == 7).all()
    assert weights.std() > 0.5
    assert np.array_equal(weights, draw_patients(7, 50, rng_for(0, "w")))


def test_totals_and_draws_follow_the_definition():
    values = np.array([[1.0, np.nan], [2.0, 5.0], [6.0, 7.0]])
    sums, numbers = patient_totals(values, np.array([0, 0, 1]), 2)
    assert sums.tolist() == [[3, 5], [6, 7]]
    assert numbers.tolist() == [[2, 1], [1, 1]]
    draws = mean_draws(values, np.array([0, 0, 1]), np.array([[2.0, 0.0], [1.0, 1.0]]))
    assert draws.tolist() == [[1.5, 5.0], [3.0, 6.0]]


def test_a_resample_without_a_value_is_nan_not_zero():
    draws = mean_draws(np.array([[np.nan], [1.0]]), np.array([0, 1]), np.array([[2.0, 0.0]]))
    assert np.isnan(draws).all()


def test_coverage_of_the_mean_is_near_its_level():
    covered = 0
    for trial in range(400):
        rng = rng_for(trial, "coverage")
        values, patients = correlated(rng)
        found = mean_intervals(values[:, None], patients, draw_patients(40, 400, rng))[0]
        covered += found.low <= 0 <= found.high
    assert 0.90 <= covered / 400 <= 0.98  # 40 patients: a percentile interval is a little short of 0.95


def test_patients_not_images_set_the_width():
    rng = rng_for(3, "width")
    values, patients = correlated(rng)
    by_patient = mean_intervals(values[:, None], patients, draw_patients(40, 2000, rng))[0]
    images = np.arange(values.size)
    by_image = mean_intervals(values[:, None], images, draw_patients(values.size, 2000, rng))[0]
    assert width(by_patient) > 1.6 * width(by_image)
    assert by_patient.estimate == pytest.approx(values.mean())


def test_paired_differences_are_narrower_than_the_parts():
    rng = rng_for(4, "paired")
    a, patients = correlated(rng)
    b = a + 0.1 + rng.normal(0, 0.05, a.size)
    first, difference = mean_intervals(np.column_stack([a, b - a]), patients, draw_patients(40, 2000, rng))
    assert width(difference) < 0.2 * width(first)
    assert difference.low > 0


def test_no_interval_from_a_handful_of_patients():
    found = mean_intervals(np.arange(8.0)[:, None], np.arange(8) // 2, draw_patients(4, 100, rng_for(0, "few")))[0]
    assert found.estimate == 3.5
    assert np.isnan(found.low)


def test_sign_flip_sees_a_shift_and_holds_its_level_without_one():
    rejected = 0
    for trial in range(300):
        rng = rng_for(trial, "level")
        values, patients = correlated(rng, patients=20)
        rejected += sign_flip_p(values[:, None], patients, draw_signs(20, 300, rng))[0] <= 0.05
    assert rejected / 300 < 0.09
    rng = rng_for(0, "shift")
    values, patients = correlated(rng, patients=30)
    assert sign_flip_p(values[:, None] + 1.0, patients, draw_signs(30, 2000, rng))[0] < 0.001


def test_sign_flip_cannot_be_more_certain_than_its_patients():
    signs = draw_signs(4, 20_000, rng_for(0, "few"))
    p = sign_flip_p(np.full((8, 1), 2.0), np.arange(8) // 2, signs)[0]
    assert p == pytest.approx(2 / 2**4, abs=0.01)


def test_sign_flip_agrees_with_the_exact_test_of_scipy():
    rng = rng_for(5, "exact")
    values = rng.normal(0.4, 1, 11)
    exact = stats.permutation_test((values,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    found = sign_flip_p(values[:, None], np.arange(11), draw_signs(11, 100_000, rng))[0]
    assert found == pytest.approx(exact, abs=0.006)


def test_equal_methods_have_p_one_and_no_common_image_none():
    signs = draw_signs(6, 100, rng_for(0, "equal"))
    p = sign_flip_p(np.column_stack([np.zeros(6), np.full(6, np.nan)]), np.arange(6), signs)
    assert p[0] == 1.0
    assert np.isnan(p[1])


def test_holm_on_a_worked_example():
    # Holm (1979): 0.01 x 4, 0.02 x 3, then never below the one before
    found = holm(np.array([0.03, 0.01, np.nan, 0.02, 0.04]))
    assert found[[0, 1, 3, 4]] == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert np.isnan(found[2])
    assert np.isnan(holm(np.array([np.nan]))).all()


@pytest.mark.parametrize("n", [1, 2, 7, 60])
def test_holm_is_that_of_statsmodels_to_the_last_bit(n):
    p = rng_for(0, "holm", n).uniform(size=n) ** 3
    p[n // 2 :: 5] = p[0]  # ties
    assert np.array_equal(holm(p), multipletests(p, method="holm")[1])


def test_share_with_none_hit_is_not_certain():
    weights = draw_patients(10, 500, rng_for(0, "share"))
    patients = np.repeat(np.arange(10), 2)
    none = share_interval(np.zeros(20), patients, weights)
    assert (none.estimate, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 10))
    some = share_interval((np.arange(20) < 6) * 1.0, patients, weights)
    assert some.low < 0.3 < some.high


def test_share_of_nothing_is_unknown():
    found = share_interval(np.full(3, np.nan), np.arange(3), draw_patients(3, 10, rng_for(0, "none")))
    assert np.isnan([found.estimate, found.low]).all()


def test_ten_thousand_resamples_of_137_patients_in_a_second():
    rng = rng_for(0, "speed")
    values, patients = rng.normal(0, 1, (251, 48)), rng.integers(137, size=251)
    start = time.process_time()
    mean_intervals(values, patients, draw_patients(137, 10_000, rng))
    assert time.process_time() - start < 1.0
