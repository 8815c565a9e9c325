import numpy as np
import pytest

from vcem.core.terms import Side
from vcem.prepare.square import Square


@pytest.mark.parametrize(("side", "filled"), [(Side.RIGHT, slice(2, 6)), (Side.LEFT, slice(0, 4))])
def test_a_tall_image_is_padded_toward_the_air(side, filled):
    squared = Square(6, 4, side).do(np.ones((6, 4)))
    assert squared.shape == (6, 6)
    assert squared[:, filled].all()
    assert squared.sum() == 24


@pytest.mark.parametrize("side", list(Side))
def test_a_wide_image_is_padded_at_the_bottom(side):
    squared = Square(4, 6, side).do(np.ones((4, 6)))
    assert squared[:4].all()
    assert not squared[4:].any()


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5)])
@pytest.mark.parametrize("side", list(Side))
def test_undo_brings_the_image_back(shape, side):
    grey = np.random.default_rng(0).random(shape)
    step = Square(*shape, side)
    np.testing.assert_array_equal(step.undo(step.do(grey)), grey)
