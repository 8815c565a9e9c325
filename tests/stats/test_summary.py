import numpy as np
import pytest
from scipy import stats

from vcem.core.seeds import rng_for
from vcem.stats.summary import (
    fold_means_by_category,
    group_means,
    kruskal_wallis,
    over_folds,
    patient_means_by_category,
    quartiles,
)


def test_fold_summary_is_mean_and_sample_sd_of_the_fold_means():
    values = np.array([1.0, 3.0, 10.0, 4.0, 6.0, 8.0])
    folds = np.array([0, 0, 0, 1, 1, 4])
    found = over_folds(values, folds)
    means = [14 / 3, 5.0, 8.0]
    assert found.mean == pytest.approx(np.mean(means))
    assert found.sd == pytest.approx(np.std(means, ddof=1))
    assert (found.folds, found.images) == (3, 6)


def test_images_without_a_value_are_left_out_and_not_counted():
    found = over_folds(np.array([np.nan, 2.0, 4.0, np.nan]), np.array([0, 0, 1, 2]))
    assert (found.mean, found.folds, found.images) == (3.0, 2, 2)


def test_one_fold_has_no_sd_and_no_value_no_mean():
    assert np.isnan(over_folds(np.array([1.0, 2.0]), np.array([0, 0])).sd)
    empty = over_folds(np.array([np.nan]), np.array([0]))
    assert np.isnan(empty.mean)
    assert empty.folds == 0


def test_quartiles():
    found = quartiles(np.array([4.0, 1.0, np.nan, 2.0, 3.0, 5.0]))
    assert (found.lower, found.median, found.upper) == (2.0, 3.0, 4.0)
    assert np.isnan(quartiles(np.array([np.nan])).median)


def test_kruskal_wallis_agrees_with_scipy():
    rng = rng_for(0, "kruskal")
    groups = [rng.normal(m, 1, n) for m, n in ((0, 10), (0.5, 15), (1, 8))]
    h, p = stats.kruskal(*groups)
    found = kruskal_wallis([*groups, np.array([np.nan])])
    assert (found.h, found.p) == pytest.approx((h, p))
    assert found.sizes == (10, 15, 8, 0)


def test_kruskal_wallis_of_one_value_or_one_group():
    assert kruskal_wallis([np.ones(3), np.ones(4)]).p == 1.0
    assert np.isnan(kruskal_wallis([np.arange(3.0), np.empty(0)]).p)


def test_categories_by_fold_leave_unknown_densities_out():
    values, folds, density = np.array([1.0, 2.0, 3.0, 9.0]), np.array([0, 0, 1, 1]), np.array([0, 0, 0, -1])
    first, second = fold_means_by_category(values, folds, density, 2)
    assert first.tolist() == [1.5, 3.0]
    assert second.size == 0


def test_a_patient_counts_once_however_many_images():
    values = np.array([1.0, 3.0, 5.0, 7.0, 8.0])
    patients = np.array([0, 0, 1, 2, 2])
    density = np.array([0, 0, 0, 1, -1])
    first, second = patient_means_by_category(values, patients, density, 2)
    assert first.tolist() == [2.0, 5.0]
    assert second.tolist() == [7.0]


def test_a_patient_of_two_densities_goes_to_the_commonest_then_the_denser():
    values, patients = np.array([1.0, 2.0, 6.0, 1.0, 3.0]), np.array([0, 0, 0, 1, 1])
    first, second = patient_means_by_category(values, patients, np.array([0, 0, 1, 0, 1]), 2)
    assert first.tolist() == [3.0]
    assert second.tolist() == [2.0]


def test_group_means_of_nothing():
    assert group_means(np.array([np.nan]), np.array([3])).size == 0
