import numpy as np

from vcem.core.seeds import rng_for
from vcem.core.terms import View
from vcem.simulate.axilla import THICKEST, draw_nodes, muscle_path
from vcem.simulate.grid import Grid
from vcem.simulate.outline import draw_outline
from vcem.simulate.patient import Body
from vcem.simulate.priors import Tissue

GRID = Grid(356, 150, 0.8)
OUTLINES = {v: draw_outline(rng_for(0, "o"), Body(100.0, 98.0, {}), v, 285.0) for v in View}


def test_muscle_is_a_wedge_that_thickens_towards_the_chest():
    muscle = muscle_path(OUTLINES[View.MLO], GRID, rng_for(0, "m"), 60.0)
    assert muscle[:20, :10].mean() > 10
    assert muscle.max() <= 60 * THICKEST * 1.4
    assert muscle[10, 0] > muscle[10, 40]
    assert not muscle[-60:].any()


def test_cc_shows_neither_muscle_nor_nodes():
    room = np.full(GRID.shape, 50, np.float32)
    assert not muscle_path(OUTLINES[View.CC], GRID, rng_for(0, "m"), 60.0).any()
    assert not draw_nodes(rng_for(0, "n"), OUTLINES[View.CC], GRID, Tissue(nodes=(3.0, 3.0)), room).any()


def test_nodes_lie_high_and_are_small():
    room = np.full(GRID.shape, 50, np.float32)
    nodes = draw_nodes(rng_for(0, "n"), OUTLINES[View.MLO], GRID, Tissue(nodes=(3.0, 3.0)), room)
    rows, _ = np.nonzero(nodes)
    assert rows.max() * 0.8 < 0.6 * OUTLINES[View.MLO].nipple[1]
    assert 20 < (nodes > 0).sum() * 0.64 < 1000
