import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.simulate.texture import CELLS, SIDE, cloud, look_up, power_law, walls


def slope(field):
    power = np.abs(np.fft.fft2(field)) ** 2
    f = np.hypot(np.fft.fftfreq(field.shape[0])[:, None], np.fft.fftfreq(field.shape[1]))
    used = (f > 0.02) & (f < 0.3)
    return -np.polyfit(np.log(f[used]), np.log(power[used]), 1)[0]


@pytest.mark.parametrize("beta", [2.0, 3.0])
def test_a_cloud_has_its_power_law_and_unit_variance(beta):
    assert slope(cloud(beta)) == pytest.approx(beta, abs=0.1)
    assert cloud(beta).std() == pytest.approx(1, abs=1e-3)


def test_power_law_noise_is_level_beyond_its_longest_wave():
    short, long = (power_law(rng_for(0, "a"), (256, 256), 3.0, px) for px in (10, 200))
    assert np.abs(np.fft.rfft2(short))[:4, :4].mean() < 0.3 * np.abs(np.fft.rfft2(long))[:4, :4].mean()


def test_walls_are_a_distance_to_the_nearest_wall():
    distance, value = walls()
    assert distance.min() >= 0
    assert 0.2 < distance.max() < 1
    steps = np.abs(np.diff(distance, axis=1)) * SIDE / CELLS
    assert np.percentile(steps, 99) < 1.05
    assert len(np.unique(value)) <= CELLS**2


def test_a_tile_repeats_without_a_seam():
    u = np.linspace(-0.01, 0.01, 200, dtype=np.float32)[None]
    seam = look_up(cloud(3.0), np.zeros_like(u), u)
    assert np.abs(np.diff(seam)).max() < 0.1
    assert np.allclose(look_up(cloud(3.0), u, u), look_up(cloud(3.0), u + 1, u - 2), atol=1e-2)
