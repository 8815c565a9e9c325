from dataclasses import replace

import numpy as np
import pytest

from breast_scene import disc, half_ellipse, with_iodine
from raw_exposures import QUIET, gland_and_lesion
from vcem.core.errors import FailureError, UsageError
from vcem.simulate.acquire import Acquisition, acquire
from vcem.simulate.raw_pair import FIT, Steps, recombine_raw, rolled_edge

PLAIN = Steps(scatter=False, thickness=False, noise_reduction=False, flattening=False)


def recombined(scene, steps=None, acquisition=QUIET):
    made = acquire(scene, acquisition, 1, "a")
    paths = acquisition.paths(scene.paddle_mm)
    return recombine_raw((made.le, made.he), scene.spacing_mm, scene.paddle_mm, paths, steps or Steps()), made


def contrast(scene, des, diameter_mm=16):
    """DES in a disc above that around it."""
    core = disc(scene, 0, 50, diameter_mm - 4) == 1
    around = (disc(scene, 0, 50, diameter_mm + 14) == 1) & (disc(scene, 0, 50, diameter_mm + 5) == 0)
    return float(des[core].mean() - des[around].mean())


@pytest.mark.parametrize("mg_cm2", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("thickness_mm", [35.0, 65.0])
def test_a_disc_of_iodine_comes_back_in_mg_cm2_without_knowing_the_breast(mg_cm2, thickness_mm):
    breast = half_ellipse(thickness_mm, shape=(300, 240), spacing_mm=0.8)
    scene = with_iodine(breast, disc(breast, 0, 50, 16), mg_cm2)
    made, _ = recombined(scene)
    assert contrast(scene, made.des) == pytest.approx(mg_cm2, rel=0.04)


def test_without_iodine_there_is_none_and_the_rim_is_flat():
    scene = gland_and_lesion(iodine=0.0)
    scene = replace(scene, iodine=np.zeros_like(scene.iodine))
    made, own = recombined(scene)
    plain, _ = recombined(scene, PLAIN)
    inside = scene.distance > 2
    assert made.des[inside].std() < 0.15
    assert np.abs(made.des[inside]).max() < 1.0
    assert plain.des[inside].std() > 10 * made.des[inside].std()
    assert made.des[inside].std() < own.des[inside].std() + 0.05


def test_the_result_is_within_the_noise_of_the_simulators_own():
    scene = gland_and_lesion()
    made, own = recombined(scene, acquisition=Acquisition(motion_mm=0.0, restless_mm=0.0))
    inner = scene.distance > 20
    off = (made.des - own.des)[inner]
    assert np.abs(off - off.mean()).mean() < (own.des - scene.iodine)[inner].std()
    assert made.by.w == pytest.approx(own.w)


def test_the_rim_shows_no_spokes():
    """Along a ring of two to four millimetres inside the skin, DES does not wave as pixels do."""
    scene = half_ellipse(shape=(420, 300), spacing_mm=0.5)
    made, _ = recombined(scene)
    ring = (scene.distance > 2) & (scene.distance < 4)
    assert made.des[ring].std() < 0.05  # a distance transform of pixels gives 0.16


def test_the_weight_is_that_of_the_thickness_or_fitted_or_given():
    scene = gland_and_lesion()
    tabled, fitted, given = (recombined(scene, s)[0].by for s in (Steps(), Steps(weight=FIT), Steps(weight=0.25)))
    assert fitted.w == pytest.approx(tabled.w, rel=0.06)
    assert fitted.w != tabled.w
    assert given.w == 0.25
    assert given.slope > tabled.slope


def test_each_step_can_be_left_out_and_changes_the_image():
    scene = gland_and_lesion()
    images = [recombined(scene, s)[0].des for s in (
        Steps(), Steps(scatter=False), Steps(thickness=False), Steps(noise_reduction=False), Steps(flattening=False),
    )]  # fmt: skip
    assert len({image.tobytes() for image in images}) == len(images)
    for image in images:
        assert np.median(image[scene.breast]) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("weight", ["thick", 0.0, 2.0, float("nan"), -0.3])
def test_an_impossible_weight_is_refused(weight):
    with pytest.raises(UsageError, match="weight"):
        Steps(weight=weight)


def test_a_weight_cannot_be_fitted_on_two_equal_images():
    scene = gland_and_lesion()
    le = acquire(scene, QUIET, 1, "a").le
    with pytest.raises(FailureError, match="fitted"):
        recombine_raw((le, le), 0.8, 50.0, QUIET.paths(50.0), Steps(weight=FIT))


def test_a_rolled_edge_is_a_half_circle():
    distance = np.array([[0.0, 5.0, 25.0, 60.0]], np.float32)
    assert rolled_edge(distance, 50.0)[0] == pytest.approx([0, 30, 50, 50])


def test_the_steps_are_told():
    assert Steps(scatter=False).told.startswith("scatter correction off, thickness correction on")
    assert Steps(weight=0.25).name.startswith("weight 0.25, ")
