import numpy as np
import pytest

from vcem.core.grid import Size
from vcem.core.terms import Side
from vcem.prepare import chain
from vcem.prepare.crop import Crop

GIVEN = np.arange(1, 31, dtype=np.float32).reshape(6, 5)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("top", "left"), [(1, 2), (-2, 0), (4, -1), (-1, 3)])
def test_the_window_goes_back_where_it_came_from(side, top, left):
    step = Crop(top, left, Size(4, 3), Size(6, 5), side)
    window = step.do(GIVEN)
    back = step.undo(window)
    seen = back > 0
    assert window.shape == (4, 3)
    assert seen.sum() == (window > 0).sum() > 0
    assert np.array_equal(back[seen], GIVEN[seen])
    for x, y in ((1.0, 2.0), (4.0, 5.0)):
        ((u, v),) = step.place(np.array([[x, y]]))
        if 0 <= u < 3 and 0 <= v < 4:
            assert window[int(v), int(u)] == GIVEN[int(y), int(x)]


def test_a_right_breast_looks_like_a_left_one():
    left, right = Crop(0, 0, Size(6, 3), Size(6, 5), Side.LEFT), Crop(0, 2, Size(6, 3), Size(6, 5), Side.RIGHT)
    assert np.array_equal(left.do(GIVEN), right.do(GIVEN[:, ::-1]))


def test_a_window_beside_the_image_is_empty():
    step = Crop(9, 0, Size(4, 3), Size(6, 5), Side.LEFT)
    assert not step.do(GIVEN).any()
    assert not step.undo(np.ones((4, 3), np.float32)).any()


def test_it_survives_json():
    step = Crop(-1, 2, Size(4, 3), Size(6, 5), Side.RIGHT)
    assert chain.from_json(chain.to_json([step])) == [step]
