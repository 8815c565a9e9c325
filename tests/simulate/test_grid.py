import numpy as np
import pytest

from vcem.simulate.grid import BASE_MM, Grid, onto


def wave(grid):
    return (np.sin(grid.y[:, None] / 7) * np.cos(grid.x / 9)).astype(np.float32)


@pytest.mark.parametrize("spacing", [0.1, 0.25, 0.4, 0.5, 1.0])
def test_a_smooth_map_is_the_same_at_every_pixel(spacing):
    grid = Grid(int(40 / spacing), int(30 / spacing), spacing)
    found = onto(wave(grid.base()), grid)
    assert found.shape == grid.shape
    inner = slice(int(4 / spacing), -int(4 / spacing))
    assert np.abs(found - wave(grid))[inner, inner].max() < 0.01


def test_on_the_base_grid_nothing_changes():
    grid = Grid(20, 30, BASE_MM)
    assert np.array_equal(onto(wave(grid), grid), wave(grid))


def test_coarser_pixels_are_means():
    grid = Grid(20, 20, 1.6)
    noise = np.random.default_rng(0).standard_normal(grid.base().shape).astype(np.float32)
    assert onto(noise, grid).std() < 0.4


def test_pixel_centres_are_in_millimetres():
    grid = Grid(3, 2, 0.5)
    assert grid.x.tolist() == [0.25, 0.75]
    assert grid.y.tolist() == [0.25, 0.75, 1.25]
