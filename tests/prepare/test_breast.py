import numpy as np
import pytest

from vcem.core.errors import FailureError
from vcem.core.terms import Side
from vcem.prepare.breast import breast_mask, shown_side


def half_disc(size=100):
    rows, columns = np.indices((size, size))
    return np.hypot(rows - size / 2, columns) < 0.4 * size


def test_the_breast_is_found_through_jpeg_ringing_and_a_marker():
    breast = half_disc()
    le = breast * 0.3 + np.random.default_rng(0).integers(0, 9, breast.shape) / 255
    le[5:9, 85:95] = 1.0  # a lead marker
    le[45:50, 10:15] = 0.0  # air in a fold
    found = breast_mask(np.clip(le, 0, 1), Side.LEFT)
    assert (found != breast).mean() < 0.02
    assert found[47, 12]
    assert not found[7, 90]


@pytest.mark.parametrize("side", list(Side))
def test_fat_as_dark_as_air_is_breast_where_skin_keeps_it_apart(side):
    breast = half_disc(200)
    rows, columns = np.indices(breast.shape)
    skin = breast & (np.hypot(rows - 100, columns) > 76)
    le = np.where(skin, 0.5, 0) + np.where(np.hypot(rows - 100, columns - 40) < 15, 0.6, 0)
    flip = slice(None, None, -1 if side is Side.RIGHT else 1)
    found = breast_mask(le[:, flip], side)[:, flip]
    assert (found != breast).mean() < 0.01


def test_the_skin_line_is_where_it_is_at_full_resolution():
    breast = half_disc(2000)
    assert (breast_mask(breast * 0.4, Side.LEFT) != breast).mean() < 0.003


@pytest.mark.parametrize("grey", [0.0, 0.02])
def test_a_black_image_has_no_breast(grey):
    with pytest.raises(FailureError, match="No breast"):
        breast_mask(np.full((50, 50), grey), Side.LEFT)


def test_a_speck_is_no_breast():
    le = np.zeros((200, 200))
    le[:8, :8] = 1
    with pytest.raises(FailureError, match="largest bright region"):
        breast_mask(le, Side.LEFT)


@pytest.mark.parametrize("side", list(Side))
def test_the_side_is_seen_in_the_picture_and_a_wrong_one_refused(side):
    le = half_disc(200) * 0.4 + np.random.default_rng(0).integers(0, 9, (200, 200)) / 255
    le[90:100, -3:] = 1.0  # a marker at the air side
    le = le if side is Side.LEFT else le[:, ::-1]
    assert shown_side(le) is side
    assert breast_mask(le, side).any()
    other = Side.RIGHT if side is Side.LEFT else Side.LEFT
    with pytest.raises(FailureError, match=f"lies at the edge of side {side}, and its side is {other}"):
        breast_mask(le, other)


def test_a_picture_with_two_bright_edges_or_none_does_not_tell_its_side():
    assert shown_side(np.full((50, 50), 0.3)) is None
    assert shown_side(np.zeros((50, 50))) is None
