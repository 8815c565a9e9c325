import numpy as np
import pytest

from breasts import blob
from vcem.metrics.froc import (
    FALSE,
    NEITHER,
    PLACE_MG_CM2,
    THRESHOLDS_MG_CM2,
    Truth,
    curve,
    grey_truth,
    invented,
    iodine_rule,
    marks,
    peaks,
)
from vcem.metrics.lesion import measure_lesions

SIZE, MM = 96, 1.5
LESION, ELSEWHERE, VESSEL = (30, 30), (66, 30), (48, 66)


def light(place, height=1.0, radius=5):
    return height * blob(SIZE, *place, radius)


def truth_of(iodine=None, enhancing=(1,), unclear=()):
    lesion = blob(SIZE, *LESION, 5).astype(np.uint8)
    iodine = light(LESION) if iodine is None else iodine
    return Truth(iodine.astype(float), np.ones((SIZE, SIZE), bool), lesion, enhancing, unclear, iodine_rule(MM))


def what(predicted, truth):
    return [(m.what, round(m.rating, 1)) for m in marks(predicted.astype(float), truth)]


def test_the_truth_finds_its_lesion_and_invents_nothing():
    truth = truth_of()
    assert [w for w, _ in what(truth.y, truth)] == [1]


def test_a_constant_prediction_marks_nothing():
    assert what(np.full((SIZE, SIZE), 2.0), truth_of()) == []


def test_light_elsewhere_is_false():
    found = what(light(LESION) + light(ELSEWHERE, 2.0), truth_of())
    assert [w for w, _ in found] == [FALSE, 1], "highest first"


def test_light_at_a_lesion_that_took_up_nothing_is_false():
    assert [w for w, _ in what(light(LESION), truth_of(np.zeros((SIZE, SIZE)), enhancing=()))] == [FALSE]


def test_an_unclear_lesion_is_neither():
    assert [w for w, _ in what(light(LESION), truth_of(np.zeros((SIZE, SIZE)), (), unclear=(1,)))] == [NEITHER]


def test_true_iodine_outside_lesions_is_neither():
    truth = truth_of(light(LESION) + light(VESSEL, 0.5))
    assert sorted(w for w, _ in what(light(LESION) + light(VESSEL, 2.0), truth)) == [NEITHER, 1]


def test_a_mark_beside_a_lesion_within_reach_finds_it():
    row, column = LESION
    for shift_px, wanted in ((6, 1), (16, FALSE)):
        assert [w for w, _ in what(light((row + shift_px, column), radius=3), truth_of())] == [wanted]


def test_of_two_near_peaks_the_higher_counts():
    near = light((30, 30), 1.0, 2) + light((30, 36), 2.0, 2)
    assert peaks(near, np.ones((SIZE, SIZE), bool), 10, 0.1).sum() == 1
    assert peaks(near, np.ones((SIZE, SIZE), bool), 4, 0.1).sum() == 2


def test_the_curve_counts_over_all_thresholds():
    truth = truth_of()
    images = [(marks(light(LESION, 0.6) + light(ELSEWHERE, 1.1), truth), 1), (marks(light(LESION, 0.0), truth), 1)]
    points = curve(images)
    assert [p.threshold for p in points] == list(THRESHOLDS_MG_CM2)
    assert {(p.lesions, p.images) for p in points} == {(2, 2)}
    assert (points[0].found, points[0].false_places) == (1, 1)
    assert (points[-1].found, points[-1].false_places) == (0, 0)
    assert [p.found for p in points] == sorted((p.found for p in points), reverse=True)


def test_a_faint_false_mark_is_no_hallucinated_place():
    found = marks(light(ELSEWHERE, 1.5) + light(VESSEL, 0.4), truth_of())
    assert [invented(m) for m in found] == [True, False]
    assert found[0].rating >= PLACE_MG_CM2 > found[1].rating


@pytest.mark.parametrize("times", [1, 2])
def test_the_grid_does_not_change_the_marks(times):
    big = np.kron(light(LESION) + light(ELSEWHERE), np.ones((times, times)))
    base = truth_of()
    lesion = np.kron(base.lesion, np.ones((times, times), np.uint8))
    iodine = np.kron(base.y, np.ones((times, times)))
    found = marks(big, Truth(iodine, np.ones(big.shape, bool), lesion, (1,), (), iodine_rule(MM / times)))
    assert sorted(m.what for m in found) == [FALSE, 1]


def real(lesion_light=0.3, other_light=0.0, faint_lesion=False):
    """A real DES of a lesion and a place with no outline, on the grey scale."""
    y = 0.2 + light(LESION, lesion_light) + light(VESSEL, other_light)
    lesion = blob(SIZE, *LESION, 5).astype(np.uint8)
    if faint_lesion:
        lesion[blob(SIZE, *VESSEL, 5) > 0] = 2
    mask = np.ones((SIZE, SIZE), bool)
    return grey_truth(y, mask, lesion, measure_lesions(y, y, mask, lesion))


def test_on_grey_the_truth_finds_its_lesion_and_invents_nothing():
    assert [w for w, _ in what(real(0.3, 0.2).y, real(0.3, 0.2))] == [1, NEITHER]


def test_on_grey_contrast_alone_changes_no_order():
    truth = real()
    full, faint = (marks(0.2 + k * (light(LESION, 0.2) + light(ELSEWHERE, 0.3)), truth) for k in (1.0, 0.2))
    assert [(m.row, m.column, m.what) for m in full] == [(m.row, m.column, m.what) for m in faint]
    assert [m.what for m in full] == [FALSE, 1]


def test_on_grey_a_lesion_that_does_not_enhance_is_a_place_like_any_other():
    assert [w for w, _ in what(0.2 + light(VESSEL, 0.3), real(0.3, 0.0, faint_lesion=True))] == [FALSE]
    assert [w for w, _ in what(0.2 + light(VESSEL, 0.3), real(0.3, 0.06, faint_lesion=True))] == [2]


def test_on_grey_a_lesion_too_small_to_measure_is_neither():
    truth = real()
    small = np.zeros((SIZE, SIZE), np.uint8)
    small[ELSEWHERE] = 1
    measured = measure_lesions(truth.y, truth.y, truth.mask, small)
    assert [w for w, _ in what(0.2 + light(ELSEWHERE, 0.3), grey_truth(truth.y, truth.mask, small, measured))] == [
        NEITHER
    ]
