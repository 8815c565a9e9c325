import numpy as np
import pytest

from vcem.simulate.motion import amplitude_mm, displacement_mm, warp


def test_most_breasts_lie_still_and_some_do_not():
    drawn = np.array([amplitude_mm(np.random.default_rng(i), 0.08, 0.25, 0.1) for i in range(400)])
    assert (drawn > 0.15).mean() == pytest.approx(0.1, abs=0.05)
    assert drawn.max() <= 0.3


def test_the_displacement_has_its_amplitude_and_is_smooth():
    fields = [displacement_mm((120, 100), 2.0, 0.1, np.random.default_rng(i)) for i in range(80)]
    assert np.sqrt(np.mean(np.square(fields))) == pytest.approx(0.1, rel=0.25)
    assert max(np.abs(np.diff(f, axis=1)).max() for f in fields) < 0.1


def test_the_displacement_does_not_depend_on_the_pixels():
    coarse = displacement_mm((60, 50), 4.0, 0.1, np.random.default_rng(3))
    fine = displacement_mm((240, 200), 1.0, 0.1, np.random.default_rng(3))
    assert fine.reshape(2, 60, 4, 50, 4).mean((2, 4)) == pytest.approx(coarse, abs=0.003)


def test_a_warp_moves_an_image_by_the_displacement():
    x = np.arange(80, dtype=np.float32)
    image = np.tile(np.sin(x / 6), (40, 1)).astype(np.float32)
    field = np.zeros((2, 40, 80), np.float32)
    field[1] = 0.12
    moved = warp(image, field, 0.4)
    assert moved[20, 10:70] == pytest.approx(np.sin((x + 0.3) / 6)[10:70], abs=1e-3)
