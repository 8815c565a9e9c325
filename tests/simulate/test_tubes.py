import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.simulate.grid import Grid
from vcem.simulate.tubes import Tube, paint, wander


def line(grid, radius, times=1):
    canvas = grid.zeros()
    for _ in range(times):
        paint(canvas, grid, Tube(np.array([[5.0, 2.0], [5.0, 10.0], [5.0, 18.0]]), np.full(3, radius)))
    return canvas


def test_the_ray_passes_the_diameter_in_the_middle():
    canvas = line(Grid(200, 100, 0.1), 1.0)
    assert canvas.max() == pytest.approx(2.0, rel=0.01)
    assert (canvas[100] > 0).sum() * 0.1 == pytest.approx(2.0, abs=0.2)


def test_tubes_that_meet_do_not_add_up():
    grid = Grid(200, 100, 0.1)
    assert np.array_equal(line(grid, 1.0), line(grid, 1.0, times=3))


@pytest.mark.parametrize("radius", [0.05, 0.2])
def test_a_tube_thinner_than_a_pixel_keeps_its_volume(radius):
    volumes = [line(Grid(int(20 / s), int(10 / s), s), radius)[int(10 / s)].sum() * s for s in (0.05, 0.4)]
    assert volumes[1] == pytest.approx(volumes[0], rel=0.35)


def test_outside_the_image_nothing_happens():
    grid = Grid(10, 10, 0.4)
    canvas = grid.zeros()
    paint(canvas, grid, Tube(np.array([[-50.0, -50.0], [-40.0, -50.0]]), np.ones(2)))
    assert not canvas.any()


def test_a_path_has_its_length_and_bends_smoothly():
    points = wander(rng_for(0, "p"), (0.0, 0.0), 0.0, 60.0, 1.0, 0.3)
    steps = np.diff(points, axis=0)
    assert np.hypot(*steps.T) == pytest.approx(1.0)
    turns = np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))
    assert 0 < np.abs(turns).max() < 0.2
