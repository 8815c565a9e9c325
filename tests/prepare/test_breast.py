import numpy as np
import pytest
from scipy import ndimage

from vcem.core.errors import FailureError
from vcem.core.terms import Side
from vcem.dicom.read import read_dicom
from vcem.prepare.breast import breast_mask, shown_side
from vcem.simulate.cohort import Settings, simulate
from vcem.simulate.recipe import Recipe


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


def ragged_fat(breast, seed=0):
    """Fat at the edge that the contrast was stretched to almost nothing, with strands in it and no skin."""
    rng = np.random.default_rng(seed)
    texture = ndimage.gaussian_filter(rng.normal(size=breast.shape), 2)
    grey = 9 + 8 * texture / texture.std() + rng.normal(0, 2, breast.shape)
    depth = ndimage.distance_transform_edt(breast)
    return np.where(breast, np.where(depth < 20, grey, 90), 0).clip(0, 255).round() / 255


@pytest.mark.parametrize("seed", range(3))
def test_dark_fat_at_the_edge_is_breast_without_bites(seed):
    breast = half_disc(500)
    le = ragged_fat(breast, seed)
    dark = ((le < 10 / 255) & breast).sum() / breast.sum()
    found = breast_mask(le, Side.LEFT)
    assert dark > 0.05
    assert (found & ~breast).sum() < 0.002 * breast.sum()
    assert (breast & ~found).sum() < 0.0125 * breast.sum(), "0.0165 to 0.029 with bites"


def test_air_in_a_fold_below_the_arm_stays_air():
    breast = half_disc(500)
    breast[100:130, 60:] = False  # wider than strands are apart, and black
    found = breast_mask(breast * 0.4, Side.LEFT)
    assert (found != breast).sum() < 0.004 * breast.sum()
    assert not found[115, 80:].any()


def test_the_mask_of_simulated_women_is_where_their_breast_is(tmp_path):
    pixel_mm = 1.2
    for row in simulate(tmp_path, Settings(8, pixel_mm, False, Recipe()), patients=1):
        breast = np.load(tmp_path / row["truth"])["thickness"] > 0
        found = breast_mask(read_dicom(tmp_path / row["le"]).astype(np.float32), Side(row["side"]))
        off = found != breast
        depth = ndimage.distance_transform_edt(breast) + ndimage.distance_transform_edt(~breast)
        assert off.sum() < 0.01 * breast.sum()
        assert depth[off].max(initial=0) <= 2, "pixels from the true edge"


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
