import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.stats.free_response import Marks, curve, found_at, found_difference, found_interval
from vcem.stats.intervals import draw_patients


def marks_of(rng, shift, patients=40):
    """Two images and one lesion per patient; lesions' ratings lie `shift` above false marks'."""
    false = rng.normal(0, 1, 3 * patients)
    best = rng.normal(shift, 1, patients)
    owner = np.arange(patients)
    return Marks(false, np.repeat(owner, 3), best, owner, np.full(patients, 2.0))


def by_hand(marks, rate):
    """Try every threshold."""
    most = 0.0
    for cut in [-np.inf, *marks.false, *marks.best]:
        if (marks.false > cut).sum() <= rate * marks.images.sum():
            most = max(most, ((marks.best > cut) & np.isfinite(marks.best)).mean())
    return most


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.5, 1.0, 5.0])
def test_the_share_found_is_the_best_over_all_thresholds(rate):
    marks = marks_of(rng_for(0, "froc"), 0.7)
    assert found_at(marks, rate, np.ones((1, 40)))[0] == pytest.approx(by_hand(marks, rate))


def test_a_resample_is_the_same_as_images_repeated():
    marks, weights = marks_of(rng_for(1, "froc"), 0.7), np.zeros((1, 40))
    weights[0, [3, 5, 9]] = 2, 1, 4
    again = [p for p in range(40) for _ in range(int(weights[0, p]))]
    drawn = Marks(
        np.concatenate([marks.false[marks.false_patients == p] for p in again]),
        np.repeat(np.arange(len(again)), 3),
        marks.best[again],
        np.arange(len(again)),
        np.full(len(again), 2.0),
    )
    assert found_at(marks, 0.5, weights)[0] == pytest.approx(by_hand(drawn, 0.5))


def test_no_contrast_scale_changes_the_share_found():
    marks = marks_of(rng_for(2, "froc"), 1.0)
    fainter = Marks(0.1 * marks.false, marks.false_patients, 0.1 * marks.best, marks.lesion_patients, marks.images)
    weights = draw_patients(40, 50, rng_for(0, "draws"))
    assert np.array_equal(found_at(marks, 0.5, weights), found_at(fainter, 0.5, weights))


def test_a_lesion_without_a_mark_is_never_found_and_no_marks_find_nothing():
    owner = np.arange(6)
    marks = Marks(np.array([]), np.array([], int), np.array([1.0, *[-np.inf] * 5]), owner, np.ones(6))
    assert found_interval(marks, 1.0, draw_patients(6, 20, rng_for(0))).estimate == pytest.approx(1 / 6)


def test_a_better_method_is_told_apart_and_an_equal_one_is_not():
    weights = draw_patients(40, 500, rng_for(0, "draws"))
    weak, strong = marks_of(rng_for(3, "froc"), 0.2), marks_of(rng_for(3, "froc"), 3.0)
    gain, p = found_difference(strong, weak, 0.5, weights)
    assert gain.low > 0
    assert p < 0.05
    same, p = found_difference(weak, weak, 0.5, weights)
    assert (same.estimate, p) == (0, 1)


def test_few_patients_get_no_interval():
    marks = marks_of(rng_for(4, "froc"), 1.0, patients=4)
    interval, p = found_difference(marks, marks, 0.5, draw_patients(4, 20, rng_for(0)))
    assert np.isnan(interval.low)
    assert np.isnan(p)


def test_the_curve_rises_and_agrees_with_the_share_found():
    marks = marks_of(rng_for(5, "froc"), 1.0)
    false, found = curve(marks)
    assert (np.diff(false) >= 0).all()
    assert (np.diff(found) >= 0).all()
    assert found[np.searchsorted(false, 0.5, side="right") - 1] == pytest.approx(by_hand(marks, 0.5))
