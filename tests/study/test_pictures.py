import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.core.terms import Side
from vcem.study.pictures import common_depth, near_wall, picture_bytes, reach

SMOOTH = rng_for(0, "smooth").random((8, 6)).astype(np.float32)
BREAST = np.ones((8, 6), bool)


def of_bits(bits):
    return (np.rint(SMOOTH * (2**bits - 1)) / (2**bits - 1)).astype(np.float32)


@pytest.mark.parametrize(("bits", "expected"), [(8, 8), (10, 10), (12, 12), (14, 12)])
def test_the_depth_is_that_of_the_values(bits, expected):
    assert common_depth([of_bits(bits)]) == expected


def test_the_coarsest_image_sets_the_depth_of_all():
    bits = common_depth([SMOOTH, of_bits(8)])
    assert bits == 8
    real, made = (np.frombuffer(picture_bytes(i, BREAST, bits), "<u2") for i in (of_bits(8), SMOOTH))
    assert set(made) <= {max(1, round(v * 65535 / 255)) for v in range(256)}
    assert real.size == made.size
    assert (real == np.maximum(np.rint(of_bits(8).ravel() * 65535), 1)).all()


def test_outside_the_breast_is_zero_whatever_the_source_says_and_excess_is_cut_off():
    breast = BREAST.copy()
    breast[:, 4:] = False
    grey = np.frombuffer(picture_bytes(SMOOTH * 3 - 1, breast, 12), "<u2").reshape(8, 6)
    assert not grey[:, 4:].any()
    assert grey.max() == 65535
    assert grey[:, :4].min() == 1


@pytest.mark.parametrize("side", Side)
def test_the_air_side_is_cut_and_the_chest_wall_kept(side):
    breast = np.zeros((4, 10), bool)
    breast[:, slice(7, 10) if side is Side.RIGHT else slice(0, 3)] = True
    columns = reach(breast, side)
    assert columns == 3
    assert breast[:, near_wall(columns, 10, side)].all()
    assert reach(np.zeros((4, 10), bool), side) == 10
