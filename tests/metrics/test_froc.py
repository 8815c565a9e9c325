import numpy as np
import pytest

from breasts import blob
from vcem.metrics.froc import FALSE, NEITHER, PLACE_MG_CM2, THRESHOLDS_MG_CM2, Truth, curve, invented, marks, peaks

SIZE, MM = 96, 1.5
LESION, ELSEWHERE, VESSEL = (30, 30), (66, 30), (48, 66)


def light(place, height=1.0, radius=5):
    return height * blob(SIZE, *place, radius)


def truth_of(iodine=None, enhancing=(1,), unclear=()):
    lesion = blob(SIZE, *LESION, 5).astype(np.uint8)
    iodine = light(LESION) if iodine is None else iodine
    return Truth(iodine.astype(float), np.ones((SIZE, SIZE), bool), lesion, enhancing, unclear, MM)


def what(predicted, truth):
    return [(m.what, round(m.rating, 1)) for m in marks(predicted.astype(float), truth)]


def test_the_truth_finds_its_lesion_and_invents_nothing():
    truth = truth_of()
    assert [w for w, _ in what(truth.iodine, truth)] == [1]


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
    assert peaks(near, np.ones((SIZE, SIZE), bool), 10).sum() == 1
    assert peaks(near, np.ones((SIZE, SIZE), bool), 4).sum() == 2


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
    iodine = np.kron(base.iodine, np.ones((times, times)))
    found = marks(big, Truth(iodine, np.ones(big.shape, bool), lesion, (1,), (), MM / times))
    assert sorted(m.what for m in found) == [FALSE, 1]
