import numpy as np
import pytest

from vcem.core.errors import FailureError
from vcem.core.grid import Framing, Size
from vcem.core.terms import Frame, Side
from vcem.prepare import chain
from vcem.prepare.frame import native_steps, steps_of

GRID = Framing(Size(96, 48), Frame.BREAST)


def disc(side, rows=300, columns=240, radius=90):
    v, u = np.mgrid[:rows, :columns]
    wall = u if side is Side.LEFT else columns - 1 - u
    return np.hypot(wall, v - 0.6 * rows) < radius


def grey_of(breast, side):
    v, u = np.indices(breast.shape)
    wall = u if side is Side.LEFT else breast.shape[1] - 1 - u
    return np.where(breast, 0.5 + 0.2 * np.sin(v / 15) * np.cos(wall / 12), 0).astype(np.float32)


@pytest.mark.parametrize("side", Side)
def test_the_breast_fills_the_grid_from_the_chest_wall_at_its_left(side):
    breast = disc(side)
    steps = steps_of(GRID, breast, side)
    mask = chain.do(steps, breast.astype(np.float32)) >= 0.5
    assert mask.shape == GRID.size
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    assert columns[0] == 0
    assert 1 <= rows[0] == GRID.size.rows - 1 - rows[-1] <= 4, "centred, with a little air"
    assert mask.mean() > 2 * disc(side).mean()


def test_left_and_right_are_the_same_picture():
    (left, right) = (
        chain.do(steps_of(GRID, disc(side), side), grey_of(disc(side), side)) for side in (Side.LEFT, Side.RIGHT)
    )
    np.testing.assert_allclose(left, right, atol=1e-6)


@pytest.mark.parametrize("side", Side)
def test_the_way_back_leads_to_the_given_image(side):
    breast = disc(side)
    given = grey_of(breast, side)
    steps = chain.to_json(steps_of(Framing(Size(192, 96), Frame.BREAST), breast, side))
    back = chain.undo(chain.again(given, steps), steps)
    assert back.shape == given.shape
    inner = disc(side, radius=80)
    inner[:, [0, 1, 2, -3, -2, -1]] = False  # the wall's edge has no neighbour beyond it
    assert np.abs(back - given)[inner].max() < 0.02


@pytest.mark.parametrize("side", Side)
def test_points_go_with_their_pixels(side):
    breast, spot = disc(side), np.zeros((300, 240), np.float32)
    x = 40 if side is Side.LEFT else 199
    spot[170:181, x - 5 : x + 6] = 1
    steps = steps_of(GRID, breast, side)
    seen = chain.do(steps, spot)
    rows, columns = np.indices(seen.shape)
    ((u, v),) = chain.place(np.array([[float(x), 175.0]]), steps)
    assert (columns * seen).sum() / seen.sum() == pytest.approx(u, abs=0.1)
    assert (rows * seen).sum() / seen.sum() == pytest.approx(v, abs=0.1)


def test_fixed_millimetres_are_the_same_for_large_and_small_breasts():
    fixed = Framing(Size(96, 48), Frame.BREAST, 2.0)
    steps = {r: steps_of(fixed, disc(Side.LEFT, radius=r), Side.LEFT, 0.8) for r in (60, 80)}
    for radius, own in steps.items():
        assert chain.given_per_pixel(chain.to_json(own)) == pytest.approx(2.5, rel=0.01)
        assert chain.do(own, disc(Side.LEFT, radius=radius).astype(np.float32)).sum() == pytest.approx(
            np.pi / 2 * radius**2 / 2.5**2, rel=0.02
        )


def test_a_breast_larger_than_the_grid_is_refused_with_both_sizes():
    with pytest.raises(FailureError, match=r"The breast measures 143 x 72 mm, the grid 96 x 48 mm(.|\n)*--pixel-mm"):
        steps_of(Framing(Size(96, 48), Frame.BREAST, 1.0), disc(Side.LEFT), Side.LEFT, 0.8)


def test_fixed_millimetres_need_a_header():
    with pytest.raises(FailureError, match="No header says"):
        steps_of(Framing(Size(96, 48), Frame.BREAST, 1.0), disc(Side.LEFT), Side.LEFT)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("frame", Frame)
def test_the_native_grid_changes_no_pixel(side, frame):
    breast = disc(side)
    steps = native_steps(frame, breast, side, 16)
    given = grey_of(breast, side)
    seen = chain.do(steps, given)
    assert not any(length % 16 for length in seen.shape)
    assert np.array_equal(chain.undo(seen, chain.to_json(steps)), given)
