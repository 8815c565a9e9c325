import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.core.terms import View
from vcem.simulate.gland import Layer, filled, glandular_share
from vcem.simulate.grid import Grid
from vcem.simulate.outline import draw_outline, signed_distance
from vcem.simulate.patient import Body
from vcem.simulate.priors import Tissue

GRID = Grid(340, 150, 0.8)


def made(share, n=0):
    outline = draw_outline(rng_for(0, "o", n), Body(100.0, 98.0, {}), View.CC, 272.0)
    distance = signed_distance(outline, GRID)
    room = np.where(distance > 0, 50, 0).astype(np.float32)
    return glandular_share(outline, GRID, distance, room, share, rng_for(0, "g", n), Tissue()), distance


@pytest.mark.parametrize("share", [0.03, 0.10, 0.20, 0.42])
def test_the_breast_has_its_volumetric_density(share):
    gland, distance = made(share)
    assert gland[distance > 0].mean() == pytest.approx(share, rel=0.03)
    assert gland.min() >= 0
    assert gland.max() <= 1


def test_gland_lies_deeper_than_the_fat_below_the_skin():
    gland, distance = made(0.2)
    assert gland[(distance > 0) & (distance < 4)].mean() < 0.4 * gland[distance > 15].mean()


def test_fat_is_not_uniform():
    gland, distance = made(0.2)
    fat = gland[(distance > 10) & (gland < 0.15)]
    assert fat.std() > 0.02


def test_walls_fill_the_compartment_as_gland_gets_easier():
    wall = np.array([0.1, 3.0], np.float32)
    layers = [Layer(wall, np.full(2, ease, np.float32), np.full(2, 0.4, np.float32)) for ease in (-5, 0, 5)]
    shares = np.array([filled(layer, 0.0) for layer in layers])
    assert (np.diff(shares, axis=0) > 0).all()
    assert shares[0, 1] < 0.01
    assert shares[2].min() > 0.95
