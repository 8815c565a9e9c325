import numpy as np
import pytest

from vcem.core.terms import Side
from vcem.prepare import chain
from vcem.prepare.pad import Pad
from vcem.prepare.square import Square


@pytest.mark.parametrize(("side", "columns"), [(Side.RIGHT, slice(2, 8)), (Side.LEFT, slice(0, 6))])
def test_zeros_are_added_below_and_at_the_air_side(side, columns):
    padded = Pad(6, 8, side).do(np.ones((6, 6)))
    assert padded.shape == (8, 8)
    assert padded[:6, columns].all()
    assert padded.sum() == 36


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("size", [6, 8])
def test_undo_brings_the_image_back_through_json(side, size):
    grey = np.random.default_rng(0).random((6, 4))
    steps = [Square(6, 4, side), Pad(6, size, side)]
    made = chain.do(steps, grey)
    np.testing.assert_array_equal(chain.undo(made, chain.to_json(steps)), grey)


@pytest.mark.parametrize("side", list(Side))
def test_a_point_goes_where_its_pixel_goes(side):
    grey = np.zeros((6, 6))
    grey[4, 1] = 1
    step = Pad(6, 8, side)
    ((x, y),) = chain.place(np.array([[1.0, 4.0]]), [step])
    assert step.do(grey)[int(y), int(x)] == 1
