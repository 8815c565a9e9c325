import numpy as np

from vcem.core.seeds import rng_for
from vcem.core.terms import View
from vcem.simulate.ducts import draw_ducts
from vcem.simulate.outline import draw_outline
from vcem.simulate.patient import Body
from vcem.simulate.priors import Tissue


def test_ducts_leave_the_nipple_inwards_and_branch_twice():
    outline = draw_outline(rng_for(0, "o"), Body(100.0, 98.0, {}), View.CC, 285.0)
    tubes = draw_ducts(rng_for(0, "d"), outline, Tissue())
    assert len(tubes) % 7 == 0
    trunks = tubes[::7]
    assert Tissue().ducts[0] <= len(trunks) <= Tissue().ducts[1]
    for trunk in trunks:
        assert np.hypot(*(trunk.points[0] - outline.nipple)) < 12
        assert trunk.points[-1, 0] < trunk.points[0, 0]
