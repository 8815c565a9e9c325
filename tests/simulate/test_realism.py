from dataclasses import fields

import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.simulate.realism import (
    PairStatistics,
    band,
    inner,
    mutual_information,
    pair_statistics,
    power_exponent,
    smooth,
)
from vcem.simulate.texture import power_law

SHAPE, SPACING = (320, 320), 0.4
EVERYWHERE = np.ones(SHAPE, np.bool_)


def noise(key, beta=0.0):
    return power_law(rng_for(0, "realism", key), SHAPE, beta, 320)


@pytest.mark.parametrize("beta", [1.0, 2.0, 3.0])
def test_a_power_law_is_found(beta):
    assert power_exponent(noise("a", beta), EVERYWHERE, SPACING) == pytest.approx(beta, abs=0.2)


def test_exponents_do_not_depend_on_scale_or_level():
    image = noise("a", 2.5)
    assert power_exponent(40 * image + 90, EVERYWHERE, SPACING) == pytest.approx(
        power_exponent(image, EVERYWHERE, SPACING), abs=0.01
    )


def test_only_the_breast_more_than_ten_millimetres_inside_counts():
    breast = np.zeros(SHAPE, np.bool_)
    breast[40:280, :200] = True
    image = np.where(inner(breast, SPACING), 100, 250).astype(np.float32)
    found = pair_statistics(image, image, breast, SPACING)
    assert found.des_mean == 100
    assert found.des_sd == 0
    assert inner(breast, SPACING)[160, 0]  # the chest wall is no skin


def test_what_is_alike_and_what_is_not():
    le, other = 120 + 20 * noise("a", 2.5), 120 + 20 * noise("b", 2.5)
    same, apart = (pair_statistics(le, y, EVERYWHERE, SPACING) for y in (le, other))
    assert same.correlation == pytest.approx(1)
    assert same.mutual_information > 0.9
    assert abs(apart.band_correlation) < 0.2
    assert apart.mutual_information < 0.1


def test_mutual_information_of_nothing_is_none():
    assert mutual_information(np.zeros(50), np.zeros(50)) == 0
    assert mutual_information(np.full(50, 9.0), np.arange(50.0)) == pytest.approx(0)


def test_a_band_leaves_out_grain_and_slopes():
    slope = np.broadcast_to(np.linspace(0, 99, 320, dtype=np.float32), SHAPE).copy()
    assert np.abs(band(slope, EVERYWHERE, SPACING)[:, 60:-60]).max() < 0.05
    grain = noise("a")
    assert band(grain, EVERYWHERE, SPACING).std() < 0.4 * grain.std()


def test_noise_share_tells_grain_from_form():
    grain, form = (pair_statistics(100 + 10 * noise("a", b), 100 + 10 * noise("a", b), EVERYWHERE, SPACING)
                   for b in (0.0, 3.5))  # fmt: skip
    assert grain.noise_share > 0.9
    assert form.noise_share < 0.2


def test_smoothing_does_not_see_the_air():
    breast = np.zeros(SHAPE, np.bool_)
    breast[:, :100] = True
    assert np.allclose(smooth(np.where(breast, 80, 0).astype(np.float32), breast, 5.0)[breast], 80, atol=1e-3)


def test_too_small_a_breast_gives_no_numbers():
    found = pair_statistics(noise("a"), noise("b"), ~EVERYWHERE, SPACING)
    assert all(np.isnan(getattr(found, f.name)) for f in fields(PairStatistics))
