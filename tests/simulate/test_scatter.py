import numpy as np
import pytest

from breast_scene import half_ellipse, slab
from vcem.core.errors import UsageError
from vcem.simulate.scatter import Scatter, block_means, estimate, scattered, spread

ONES = np.ones((96, 80), np.float32)


@pytest.mark.parametrize(("thickness_mm", "low", "high"), [(20.0, 0.06, 0.07), (80.0, 0.25, 0.31)])
def test_scatter_to_primary_behind_a_wide_slab(thickness_mm, low, high):
    found = scattered(ONES, ONES * np.float32(thickness_mm), 2.0, Scatter(), 0.16)
    assert low < found.min()
    assert found.max() < high
    assert np.ptp(found) < 1e-5


@pytest.mark.parametrize("spacing_mm", [0.4, 0.8])
def test_the_spread_is_a_gaussian_of_its_width_whatever_the_grid(spacing_mm):
    n, block = round(240 / spacing_mm), round(4 / spacing_mm)
    image = np.zeros((n, n), np.float32)
    image[n // 2 : n // 2 + block, n // 2 : n // 2 + block] = 1 / 16
    found = spread(image, spacing_mm, 22.0)
    at = (np.arange(n) - n // 2 - (block - 1) / 2) * spacing_mm
    off_row = (block - 1) / 2 * spacing_mm
    expected = np.exp(-0.5 * ((at / 22) ** 2 + (off_row / 22) ** 2)) / (2 * np.pi * 22**2)
    assert found[n // 2] == pytest.approx(expected, abs=0.02 * expected.max())


def test_scatter_is_smooth_at_the_borders_of_its_blocks():
    scene = half_ellipse(shape=(300, 240), spacing_mm=0.8)
    found = scattered(np.exp(-scene.thickness / 20), scene.thickness, 0.8, Scatter(), 0.16).astype(np.float64)
    bend = np.abs(np.diff(found, 2, axis=0))
    assert bend.max() < (0.8 / 22) ** 2 * found.max()  # no more than the narrower Gaussian bends by itself


def test_the_estimate_takes_off_what_was_added():
    scene = half_ellipse(shape=(300, 240), spacing_mm=0.8)
    primary = np.exp(-scene.thickness / 20)
    added = scattered(primary, scene.thickness, 0.8, Scatter(), 0.16)
    found = estimate(primary + added, scene.thickness, 0.8, Scatter(), 0.16)
    inside = scene.distance > 5
    assert np.abs(found - added)[inside].max() < 0.04 * added[inside].max()


def test_blocks_average_and_may_be_cut_at_the_edge():
    image = np.arange(20, dtype=np.float32).reshape(4, 5)
    assert block_means(image, 2)[0, 0] == pytest.approx(3.0)
    assert block_means(image, 2)[0, 2] == pytest.approx(6.5)


def test_scatter_needs_a_breast():
    assert not scattered(ONES, slab(50.0).thickness * 0, 0.8, Scatter(), 0.16).any()


@pytest.mark.parametrize("wrong", [{"near_mm": 0.0}, {"near_share": 1.5}, {"he_at_50_mm": -0.1}, {"le_at_50_mm": 2.0}])
def test_impossible_scatter_is_refused(wrong):
    with pytest.raises(UsageError):
        Scatter(**wrong)
