from dataclasses import replace

import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.core.terms import Side, View
from vcem.simulate.grid import Grid
from vcem.simulate.lesions import MOST_OF_BREAST, centre_of, place
from vcem.simulate.outline import draw_outline
from vcem.simulate.patient import Body, Lesion
from vcem.simulate.priors import PATTERNS
from vcem.simulate.uptake import LesionUptake

UPTAKE = LesionUptake(True, "homogeneous", 1.0, 0.8)
LESION = Lesion(1, Side.LEFT, "idc", "irregular", True, 16.0, 50.0, 10.0, 5.0, UPTAKE)
OUTLINES = {v: draw_outline(rng_for(0, "o"), Body(100.0, 98.0, {}), v, 285.0) for v in View}
GRID = Grid(356, 140, 0.8)


def placed(lesion=LESION, view=View.CC, grid=GRID, thickness_mm=50.0):
    return place(lesion, OUTLINES[view], view, grid, np.full(grid.shape, thickness_mm, np.float32), rng_for(0, "p"))


def test_depth_from_the_nipple_is_the_same_in_both_views():
    for view in View:
        x, y = centre_of(LESION, OUTLINES[view], view)
        assert OUTLINES[view].nipple[0] - x == pytest.approx(50)
        assert OUTLINES[view].nipple[1] - y == pytest.approx(10 if view is View.CC else 15 / np.sqrt(2))


def test_each_look_puts_its_own_into_the_ray():
    parts = {look: placed(replace(LESION, look=look)) for look in
             ("irregular", "circumscribed", "calcifications", "asymmetry", "occult")}  # fmt: skip
    for look in ("irregular", "circumscribed", "asymmetry"):
        assert parts[look].solid.max() > 5
        assert not parts[look].calcium.any()
    assert 0.1 < parts["calcifications"].calcium.max() < 0.7
    assert not parts["calcifications"].solid.any()
    assert not parts["occult"].solid.any()
    assert not parts["occult"].calcium.any()
    assert parts["occult"].uptake.max() > 0.5
    cyst = placed(replace(LESION, kind="cyst", look="circumscribed"))
    assert cyst.fluid.max() > 5
    assert not cyst.solid.any()


def test_spicules_reach_further_than_the_core_and_never_pile_up():
    solid = placed().solid
    assert (solid > 0.1).sum() > 1.5 * (solid > 8).sum()
    assert solid.max() < 1.05 * LESION.size_mm
    assert placed(thickness_mm=6.0).solid.max() <= MOST_OF_BREAST * 6


@pytest.mark.parametrize("pattern", PATTERNS)
def test_iodine_is_concentration_times_path(pattern):
    weak, strong = (placed(replace(LESION, uptake=LesionUptake(True, pattern, c, 0.8))) for c in (0.5, 1.0))
    assert np.allclose(2 * weak.uptake, strong.uptake)
    assert 0.2 < strong.uptake.max() < 4
    assert strong.uptake[strong.area].sum() > 0.9 * strong.uptake.sum()


def test_a_rim_is_hollow_and_what_does_not_enhance_is_empty():
    full, rim = (placed(replace(LESION, uptake=LesionUptake(True, p, 1.0, 0.8))) for p in ("homogeneous", "rim"))
    middle = tuple(n // 2 for n in full.uptake.shape)
    assert rim.uptake[middle] < 0.6 * full.uptake[middle]
    assert not placed(replace(LESION, uptake=LesionUptake(False, "none", 0.0, 0.8))).uptake.any()


@pytest.mark.parametrize("look", ["irregular", "circumscribed", "asymmetry"])
def test_at_another_pixel_it_is_the_same_lesion(look):
    lesion = replace(LESION, look=look)
    coarse, fine = placed(lesion), placed(lesion, grid=Grid(712, 280, 0.4))
    for a, b in ((coarse.solid, fine.solid), (coarse.uptake, fine.uptake)):
        assert a.sum() * 0.64 == pytest.approx(b.sum() * 0.16, rel=0.05)
    assert coarse.area.sum() * 0.64 == pytest.approx(fine.area.sum() * 0.16, rel=0.05)


def test_a_lesion_beyond_the_image_is_empty_not_an_error():
    far = placed(replace(LESION, lateral_mm=500.0))
    assert far.area.sum() == 0


@pytest.mark.parametrize("look", ["irregular", "circumscribed", "calcifications", "asymmetry", "occult"])
def test_le_before_contrast_knows_nothing_of_the_uptake(look):
    none = LesionUptake(False, "none", 0.0, 0.8)
    uptakes = [none, *(LesionUptake(True, pattern, 1.0, 0.8) for pattern in PATTERNS)]
    parts = [placed(replace(LESION, look=look, uptake=uptake)) for uptake in uptakes]
    for part in parts[1:]:
        assert np.array_equal(part.solid, parts[0].solid)
        assert np.array_equal(part.calcium, parts[0].calcium)
        assert np.array_equal(part.fluid, parts[0].fluid)
