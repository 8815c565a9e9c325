import numpy as np
import pytest

from vcem.core.files import read_csv
from vcem.core.terms import Energy
from vcem.folders.catalogue import Outline
from vcem.ingest.agreement import Check, OutlineOffset, outline_offset, summarise, write_checks

POINTS = ((10.0, 10.0), (30.0, 12.0), (34.0, 30.0), (12.0, 33.0), (8.0, 20.0))


def outline(points=POINTS, shape="polygon", energy=Energy.LE):
    return Outline("P1_L_CC", energy, shape, tuple((float(x), float(y)) for x, y in points))


def moved(dx, dy, points=POINTS, shape="polygon"):
    return outline([(x + dx, y + dy) for x, y in points], shape, Energy.DES)


def check(dx=5.0, dy=-2.0):
    return Check("P1_L_CC", dx, dy, 0.8, 100, 200, 101, 202)


def test_offset_of_a_copy_is_found():
    assert outline_offset([outline()], [moved(7, -3)], 1.0, 1.0) == OutlineOffset(7, -3, 1)


def test_best_twin_is_chosen_among_outlines_of_equal_length():
    redrawn = outline([(y, x) for x, y in POINTS], energy=Energy.DES)
    assert outline_offset([outline()], [redrawn, moved(7, -3)], 1.0, 1.0) == OutlineOffset(7, -3, 1)


def test_median_over_copies_bears_one_that_was_put_elsewhere():
    long = [(2 * x, y) for x, y in POINTS] + [(50.0, 50.0)]
    longer = [(x, 3 * y) for x, y in long] + [(60.0, 50.0)]
    le = [outline(), outline(long), outline(longer)]
    des = [moved(7, -3), moved(90, 90, long), moved(7, -3, longer)]
    assert outline_offset(le, des, 1.0, 1.0) == OutlineOffset(7, -3, 3)


def test_outline_drawn_anew_is_no_copy():
    wobble = np.random.default_rng(0).normal(0, 6, (5, 2))
    redrawn = outline((np.array(POINTS) + wobble).tolist(), energy=Energy.DES)
    assert outline_offset([outline()], [redrawn], 1.0, 1.0) is None


def test_copy_that_was_never_moved_says_nothing():
    assert outline_offset([outline()], [moved(0, 0)], 1.0, 1.0) is None


@pytest.mark.parametrize("shape", ["circle", "ellipse"])
def test_round_shapes_have_too_few_points(shape):
    assert outline_offset([outline(POINTS[:2], shape)], [moved(7, -3, POINTS[:2], shape)], 1.0, 1.0) is None


def test_tolerance_shrinks_with_the_image():
    bent = [(x + 7 + (1.2 if i % 2 else 0), y - 3) for i, (x, y) in enumerate(POINTS)]
    copy = outline(bent, energy=Energy.DES)
    assert outline_offset([outline()], [copy], 1.0, 1.0) is not None
    assert outline_offset([outline()], [copy], 0.2, 1.0) is None


def test_offset_is_in_pixels_of_le():
    twice = outline([(2 * (x + 7), 2 * (y - 3)) for x, y in POINTS], energy=Energy.DES)
    assert outline_offset([outline()], [twice], 1.0, 2.0) == OutlineOffset(7, -3, 1)


def test_disagreement_is_a_distance_in_given_and_original_pixels():
    row = check().against(OutlineOffset(8.0, 2.0, 1), 0.2)
    assert (row.disagreement_px, row.disagreement_original_px) == (5.0, 25.0)


def test_unregistered_pair_has_no_disagreement():
    row = check(None, None).against(OutlineOffset(8.0, 2.0, 1), 0.2)
    assert (row.outline_dx_px, row.disagreement_px) == (8.0, None)


def test_pair_without_copies_keeps_its_row():
    assert check().against(None, 0.2) == check()


def test_summary_is_median_and_90th_percentile():
    rows = [check().against(OutlineOffset(5.0, -2.0 + d, 1), 1.0) for d in range(11)] + [check()]
    summary = summarise(rows)
    assert (summary.pairs, summary.median, summary.p90) == (11, 5.0, 9.0)
    assert summarise([check()]) is None


def test_table_has_one_row_a_pair(tmp_path):
    write_checks(tmp_path / "registration.csv", [check(None, None)])
    (row,) = read_csv(tmp_path / "registration.csv")
    assert (row["pair"], row["dx_px"], row["quality"], row["des_height"]) == ("P1_L_CC", "", "0.8", "202")
