import numpy as np
import pytest

from vcem.core.grid import Size
from vcem.core.terms import Energy
from vcem.folders.catalogue import Outline
from vcem.prepare.lesions import draw

GRID = Size(64, 96)


def outline(shape, points, theta=0.0):
    return Outline("P1_L_CC", Energy.DES, shape, points, theta)


def same(points):
    return points


def test_a_polygon_is_filled_at_x_and_y():
    labels = draw([outline("polygon", ((10, 20), (30, 20), (30, 25), (10, 25)))], same, GRID)
    rows, columns = labels.nonzero()
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 25, 10, 30)


@pytest.mark.parametrize(("theta", "wide"), [(0.0, True), (np.pi / 2, False)])
def test_an_ellipse_turns(theta, wide):
    labels = draw([outline("ellipse", ((32, 32), (20, 5)), theta)], same, GRID)
    rows, columns = labels.nonzero()
    assert (np.ptp(columns) > np.ptp(rows)) == wide
    assert labels.sum() == pytest.approx(np.pi * 20 * 5, rel=0.05)


def test_a_small_lesion_inside_a_large_one_stays_whole():
    small, large = outline("circle", ((32, 32), (4, 4))), outline("circle", ((32, 32), (20, 20)))
    labels = draw([small, large], same, GRID)
    assert sorted(np.unique(labels)) == [0, 1, 2]
    assert (labels == 2).sum() == pytest.approx(np.pi * 16, rel=0.15)


@pytest.mark.parametrize("shape", ["point", "polyline"])
def test_what_has_no_area_is_left_out(shape):
    assert not draw([outline(shape, ((3, 3), (9, 9), (9, 3)))], same, Size(16, 16)).any()


def test_the_grid_is_where_the_caller_places_it():
    labels = draw([outline("circle", ((320, 320), (80, 80)))], lambda p: p / 10, GRID)
    assert labels[32, 32] == 1
    assert labels.sum() == pytest.approx(np.pi * 64, rel=0.1)
