import numpy as np

from vcem.core.seeds import rng_for
from vcem.core.terms import View
from vcem.simulate.outline import draw_outline
from vcem.simulate.patient import Body
from vcem.simulate.priors import Tissue
from vcem.simulate.vessels import THINNEST_MM, draw_vessels


def drawn(n):
    outline = draw_outline(rng_for(0, "o", n), Body(100.0, 98.0, {}), View.MLO, 285.0)
    return draw_vessels(rng_for(0, "v", n), outline, Tissue())


def test_vessels_branch_and_taper():
    trees = [drawn(n) for n in range(8)]
    assert np.mean([len(t) for t in trees]) > Tissue().vessels[1]
    for tube in trees[0]:
        assert tube.radius[0] > tube.radius[-1] > 0.5 * THINNEST_MM
        assert tube.radius.max() <= Tissue().vessel_mm[1] / 2


def test_trunks_begin_at_the_chest_wall():
    assert all(drawn(n)[0].points[0, 0] < 30 for n in range(8))
