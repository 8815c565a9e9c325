import numpy as np
import pytest

from vcem.core.errors import FailureError
from vcem.simulate.skin import find_breast

RADIUS_MM, THICK_MM, PER_MM = 70.0, 50.0, 0.055


def half_disc(spacing_mm=0.4, radius_mm=RADIUS_MM, at_mm=0.0, rows_mm=200.0, columns_mm=110.0):
    """A half disc at the chest wall, with a round edge; returns its LE signal and the exact distance to its skin."""
    y, x = (np.mgrid[: int(rows_mm / spacing_mm), : int(columns_mm / spacing_mm)] + 0.5) * spacing_mm
    distance = radius_mm - np.hypot(x - at_mm, y - rows_mm / 2)
    inward = np.clip(1 - np.maximum(distance, 0) / (THICK_MM / 2), 0, 1)
    thickness = np.where(distance > 0, THICK_MM * np.sqrt(1 - inward**2), 0)
    return np.exp(-PER_MM * thickness).astype(np.float32), distance


@pytest.mark.parametrize("spacing_mm", [0.3, 0.5, 0.8])
def test_the_distance_is_finer_than_a_pixel_and_shows_no_spokes(spacing_mm):
    le, true = half_disc(spacing_mm)
    breast, found = find_breast(le, spacing_mm)
    inside = (true > 1) & (true < 30)
    error = (found - true)[inside]
    assert abs(np.median(error)) < 0.5 * spacing_mm
    assert np.ptp(np.percentile(error, [1, 99])) < 0.25 * spacing_mm
    assert not found[~breast].any()
    assert (breast != (true > 0)).sum() * spacing_mm**2 < 1.5 * spacing_mm * np.pi * RADIUS_MM


def test_noise_changes_little():
    le, true = half_disc(0.4)
    noisy = le + np.random.default_rng(0).normal(0, 0.01, le.shape).astype(np.float32)
    inside = (true > 1) & (true < 30)
    error = (find_breast(noisy, 0.4)[1] - true)[inside]
    assert np.ptp(np.percentile(error, [1, 99])) < 0.3


def test_a_marker_beside_the_breast_is_no_breast():
    le, true = half_disc(0.4)
    le[20:40, 200:230] = 0.05
    breast, _ = find_breast(le, 0.4)
    assert not breast[true < -1].any()


@pytest.mark.parametrize(
    ("le", "why"),
    [
        (np.ones((300, 200), np.float32), "No breast is found"),
        (np.full((300, 200), 0.1, np.float32), "fills the image"),
        (half_disc(0.8)[0][:, ::-1], "the other edge"),
    ],
)
def test_no_breast_at_the_chest_wall_is_told(le, why):
    with pytest.raises(FailureError, match=why):
        find_breast(np.ascontiguousarray(le), 0.8)
