from dataclasses import replace

import numpy as np
import pytest

from breast_scene import half_ellipse, slab
from vcem.core.errors import UsageError
from vcem.simulate.acquire import Acquisition
from vcem.simulate.recombine import (
    Correction,
    draw_flaws,
    flatten,
    iodine_slope,
    mean_gland,
    modelled_thickness,
    reduce_noise,
    uniform,
    weight,
)

LE, HE = Acquisition().paths(55.0)


@pytest.mark.parametrize(("thickness_mm", "w"), [(30.0, 0.249), (55.0, 0.273), (80.0, 0.295)])
def test_the_weight_grows_with_thickness(thickness_mm, w):
    assert weight(LE, HE, thickness_mm) == pytest.approx(w, abs=0.005)


def test_the_weight_cancels_gland_and_not_thickness():
    w = weight(LE, HE, 55.0)
    thickness = np.array([55.0, 55.0, 65.0])
    fat, mixed, _ = (uniform(HE, thickness, s) - w * uniform(LE, thickness, s) for s in (0.1, 0.3, 0.5))
    assert abs(mixed[0] - fat[0]) < 0.0005
    assert mixed[2] - mixed[0] == pytest.approx(0.114, abs=0.005)


@pytest.mark.parametrize("thickness_mm", [30.0, 55.0, 80.0])
def test_the_iodine_slope_is_the_same_at_every_thickness(thickness_mm):
    assert iodine_slope(LE, HE, thickness_mm, weight(LE, HE, thickness_mm)) == pytest.approx(0.0164, rel=0.02)


def test_the_modelled_thickness_is_the_true_one_when_nothing_is_wrong():
    scene = half_ellipse(shape=(300, 240), spacing_mm=0.8)
    inside = scene.distance > 0.5
    assert np.abs(modelled_thickness(scene, 0.0) - scene.thickness)[inside].max() < 1.0


def test_a_wrong_edge_radius_errs_at_the_edge_alone():
    scene = half_ellipse(shape=(300, 240), spacing_mm=0.8)
    error = np.abs(modelled_thickness(scene, 0.04) - scene.thickness)
    assert error[(scene.distance > 1) & (scene.distance < 10)].mean() > 0.3
    assert error[scene.distance > 30].max() < 0.01


def test_the_mean_share_of_gland():
    assert mean_gland(slab(share=0.3)) == pytest.approx(0.3)
    empty = slab()
    nothing = np.zeros_like(empty.adipose)
    assert mean_gland(replace(empty, adipose=nothing, glandular=nothing)) == 0


def test_flattening_takes_slow_and_leaves_small_things():
    scene = half_ellipse(shape=(300, 240), spacing_mm=0.8)
    rows = np.linspace(-1, 1, 300, dtype=np.float32)[:, None]
    des = rows + np.zeros((1, 240), np.float32)
    des[148:152, 40:44] += 2
    flat = flatten(des, scene.breast, 0.8, Correction())
    assert flat[scene.breast].std() < 0.5 * des[scene.breast].std()
    assert flat[150, 42] - flat[150, 60] == pytest.approx(2, abs=0.05)
    assert np.median(flat[scene.breast]) == pytest.approx(0, abs=1e-6)
    assert not flat[~scene.breast].any()


def test_flaws_are_drawn_within_their_bounds():
    flaws = [draw_flaws(Correction(), np.random.default_rng(i)) for i in range(300)]
    assert all(0.005 <= f.residue <= 0.03 for f in flaws)
    assert np.std([f.radius for f in flaws]) == pytest.approx(Correction().radius_sd, rel=0.2)
    assert np.mean([f.radius for f in flaws]) == pytest.approx(Correction().radius_bias, abs=0.005)


@pytest.mark.parametrize(
    "wrong", [{"radius_sd": -1.0}, {"residue_high": 0.0}, {"flattening": 2.0}, {"flattening_mm": 0.0}]
)
def test_an_impossible_correction_is_refused(wrong):
    with pytest.raises(UsageError):
        Correction(**wrong)


def test_noise_reduction_takes_grain_and_leaves_form_and_rim():
    breast = np.zeros((120, 120), np.bool_)
    breast[:, :80] = True
    grain = np.random.default_rng(0).standard_normal(breast.shape).astype(np.float32)
    left = reduce_noise(np.where(breast, 5 + grain, 0).astype(np.float32), breast, 0.4, Correction())
    assert (left - 5)[breast].std() < 0.5
    level = np.where(breast, 5, 0).astype(np.float32)
    assert np.allclose(reduce_noise(level, breast, 0.4, Correction()), level, atol=1e-4)
    assert np.array_equal(reduce_noise(level, breast, 0.4, Correction(noise_reduction=0.0)), level)
    with pytest.raises(UsageError, match="noise reduction"):
        Correction(noise_reduction=2.0)
