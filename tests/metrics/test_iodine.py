import numpy as np
import pytest

from breasts import blob
from vcem.metrics.iodine import SHOWS_MG_CM2, Uptake, above_surroundings, measure, shows

SIZE = 64


def maps(true=1.0, predicted=0.4, before=0.1, background=0.5):
    """Iodine maps of one round lesion on a background that all of them share."""
    lesion = blob(SIZE, 32, 20, 5)
    made = [background + value * lesion for value in (true, predicted, before)]
    return tuple(made), np.ones((SIZE, SIZE), bool), lesion.astype(np.uint8)


def test_iodine_is_the_lesion_above_its_surroundings():
    all_maps, mask, lesion = maps()
    found = measure(1, True, all_maps, mask, lesion)
    assert (found.truth, found.predicted, found.before) == pytest.approx((1.0, 0.4, 0.1))
    assert found.area_px == lesion.sum()
    assert found.error == pytest.approx(-0.6)


def test_an_offset_of_the_whole_image_changes_nothing():
    all_maps, mask, lesion = maps()
    shifted = tuple(m + 3.0 for m in all_maps)
    assert measure(1, True, shifted, mask, lesion).error == pytest.approx(
        measure(1, True, all_maps, mask, lesion).error
    )


@pytest.mark.parametrize(
    ("took_up", "true", "predicted", "enhancing", "missed", "hallucinated"),
    [
        (True, 1.0, 0.9, True, False, None),
        (True, 1.0, 0.29, True, True, None),
        (True, 0.29, 0.0, None, None, None),
        (False, 0.0, 0.29, False, None, False),
        (False, 0.0, 0.31, False, None, True),
        (False, 0.5, 0.5, None, None, None),
    ],
)
def test_what_is_missed_and_what_is_hallucinated(took_up, true, predicted, enhancing, missed, hallucinated):
    all_maps, mask, lesion = maps(true, predicted)
    found = measure(1, took_up, all_maps, mask, lesion)
    assert (found.enhancing, found.missed, found.hallucinated) == (enhancing, missed, hallucinated)


@pytest.mark.parametrize(("took_up", "true", "unclear"), [(True, 0.1, True), (False, 0.5, True), (True, 1, False)])
def test_light_at_a_faint_or_veiled_lesion_is_unclear(took_up, true, unclear):
    all_maps, mask, lesion = maps(true)
    assert measure(1, took_up, all_maps, mask, lesion).unclear is unclear
    assert not measure(2, False, all_maps, mask, lesion).unclear


def test_a_tiny_lesion_is_not_judged():
    all_maps, mask, _ = maps()
    found = measure(1, True, all_maps, mask, blob(SIZE, 32, 20, 1.1).astype(np.uint8))
    assert found == Uptake(1, True, 5)
    assert (found.enhancing, found.missed, found.hallucinated, found.error) == (None, None, None, None)


def test_a_lesion_that_the_grid_lost_is_listed_and_not_judged():
    all_maps, mask, lesion = maps()
    assert measure(2, True, all_maps, mask, lesion) == Uptake(2, True, 0)
    assert above_surroundings(list(all_maps), mask, lesion, 2) is None


def test_without_a_prediction_before_contrast_there_is_none():
    (true, predicted, _), mask, lesion = maps()
    assert measure(1, True, (true, predicted, None), mask, lesion).before is None


def test_the_threshold_itself_is_shown():
    assert shows(SHOWS_MG_CM2) is True
    assert shows(SHOWS_MG_CM2 - 1e-9) is False
    assert shows(None) is None
