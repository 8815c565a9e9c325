import numpy as np
import pytest
from scipy.stats import binomtest, norm
from statsmodels.stats.proportion import proportion_confint

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.intervals import draw_patients
from vcem.stats.proportions import (
    exact_binomial,
    read_against_truth,
    share,
    wilson,
)


def weights(patients, resamples=500):
    return draw_patients(patients, resamples, rng_for(0, "shares"))


@pytest.mark.parametrize(("hits", "trials"), [(0, 13), (2, 13), (7, 10), (13, 13), (40, 100)])
def test_wilson_equals_the_peer(hits, trials):
    found = wilson(hits, trials)
    assert found.estimate == hits / trials
    assert (found.low, found.high) == pytest.approx(proportion_confint(hits, trials, method="wilson"), abs=1e-12)


def test_no_trials_have_no_share():
    assert np.isnan([wilson(0, 0).estimate, wilson(0, 0).low, exact_binomial(0, 0)]).all()
    assert share(np.zeros(0, bool), np.zeros(0, np.int64), weights(3)).trials == 0


def test_against_chance_is_exact():
    assert exact_binomial(9, 10) == pytest.approx(2 * 11 / 1024)
    assert exact_binomial(5, 10) == 1
    assert exact_binomial(40, 50, 1 / 3) == binomtest(40, 50, 1 / 3).pvalue


def images(real=13, synthetic=13, said_real=(13, 11)):
    truth = np.arange(real + synthetic) < real
    answer = np.concatenate([np.arange(real) < said_real[0], np.arange(synthetic) < said_real[1]])
    return truth, answer, np.arange(real + synthetic)


def test_the_papers_rates_and_what_they_are_worth():
    truth, answer, patients = images()
    found = read_against_truth(truth, answer, patients, weights(26))
    assert found.true_positive_rate.wilson.estimate == 1
    assert round(100 * found.true_negative_rate.wilson.estimate, 1) == 15.4
    assert found.accuracy.hits == 15
    # 100 % and 15.4 % of 13 each: compatible with a reader who cannot tell, but leans to "real"
    assert found.p_half > 0.4
    assert found.p_depends > 0.4
    assert found.criterion < -1
    assert found.true_negative_rate.wilson.high > 0.4


def test_always_saying_real_tells_nothing():
    truth, answer, patients = images(30, 30, (30, 30))
    found = read_against_truth(truth, answer, patients, weights(60))
    assert (found.true_positive_rate.hits, found.true_negative_rate.hits) == (30, 0)
    assert found.p_depends == found.p_half == 1
    assert found.sensitivity_index == pytest.approx(0, abs=1e-12)


def test_accuracy_against_a_half_is_fooled_by_unequal_numbers_and_the_other_test_is_not():
    truth, answer, patients = images(50, 10, (50, 10))
    found = read_against_truth(truth, answer, patients, weights(60))
    assert found.p_half < 0.001
    assert found.p_depends == 1


def test_a_reader_who_can_tell():
    truth, answer, patients = images(40, 40, (34, 5))
    found = read_against_truth(truth, answer, patients, weights(80))
    assert found.p_half < 1e-6
    assert found.p_depends < 1e-6
    assert found.sensitivity_index == pytest.approx(norm.ppf(34.5 / 41) - norm.ppf(5.5 / 41))
    assert found.criterion == pytest.approx(-(norm.ppf(34.5 / 41) + norm.ppf(5.5 / 41)) / 2)


def test_patients_with_many_images_widen_the_interval():
    hits = np.repeat(rng_for(1, "hits").random(20) < 0.6, 6)
    found = share(hits, np.repeat(np.arange(20), 6), weights(20, 2000))
    wide, narrow = found.by_patient, found.wilson
    assert wide.high - wide.low > 1.8 * (narrow.high - narrow.low)


def test_one_kind_alone_is_refused():
    with pytest.raises(UsageError, match="one kind"):
        read_against_truth(np.ones(5, bool), np.ones(5, bool), np.arange(5), weights(5))
