import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.core.terms import View
from vcem.simulate.grid import Grid
from vcem.simulate.outline import Outline, draw_outline, muscle_depth, signed_distance
from vcem.simulate.patient import Body

BODY = Body(100.0, 98.0, {})
GRID = Grid(356, 170, 0.8)


def circle():
    turn = np.linspace(-np.pi / 2, np.pi / 2, 2001)
    return Outline(np.stack([80 * np.cos(turn), 120 + 80 * np.sin(turn)], 1), (80.0, 120.0), 0.0, None)


def test_distance_to_a_circle_is_exact_where_the_edge_is_steep():
    x, y = np.meshgrid(GRID.x, GRID.y)
    true = 80 - np.hypot(x, y - 120)
    found = signed_distance(circle(), GRID)
    near = (np.abs(true) < 6) & (x > 3)
    assert np.abs(found - true)[near].max() < 0.01
    deep = (true > 8) & (true < 60)
    assert np.abs(found - true)[deep].max() < 0.3


@pytest.mark.parametrize("view", list(View))
@pytest.mark.parametrize("n", range(6))
def test_a_breast_lies_in_the_field_at_the_chest_wall(view, n):
    outline = draw_outline(rng_for(0, "outline", n), BODY, view, 285.0)
    breast = signed_distance(outline, GRID) > 0
    assert 0.25 < breast.mean() < 0.75
    assert breast[:, 0].sum() > 0.4 * GRID.rows
    assert not breast[-1].any()
    assert breast[0].any() == (view is View.MLO)
    column, row = (int(v / GRID.spacing_mm) for v in outline.nipple)
    assert breast[row, column - 8]
    assert not breast[row, min(column + 4, GRID.columns - 1)]


def test_only_mlo_shows_muscle():
    depths = {v: muscle_depth(draw_outline(rng_for(0, "o"), BODY, v, 285.0), GRID) for v in View}
    assert not (depths[View.CC] > 0).any()
    shown = depths[View.MLO] > 0
    assert shown[0].sum() > shown[60].sum() > 0
