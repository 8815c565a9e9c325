from dataclasses import replace

import numpy as np
import pytest

from toy_scene import toy_scene
from vcem.core.terms import Side
from vcem.simulate.acquire import Acquisition
from vcem.simulate.present import DES_PER_MG_CM2, Look
from vcem.simulate.render import Camera, render, render_des

CAMERA = Camera(Acquisition(motion_mm=0.0, restless_share=0.0), Look(), 5)


@pytest.fixture(scope="module")
def view():
    return render(toy_scene(), CAMERA, "S0001_L_CC")


def test_images_and_truth_share_one_grid(view):
    shapes = {array.shape for array in (view.le, view.he, view.des, *view.truth.values())}
    assert shapes == {toy_scene().breast.shape}
    assert set(view.truth) == {"iodine", "lesion", "thickness", "glandular", "le_before", "des_zero", "des_ideal"}
    assert {a.dtype.name for a in (view.le, view.he, view.des, view.truth["le_before"])} == {"uint16"}


def test_without_contrast_le_differs_by_the_iodine_alone(view):
    """Same noise and same processing: where there is no iodine nearby, LE before and after are near equal."""
    change = view.le.astype(float) - view.truth["le_before"]
    inside = view.truth["lesion"] > 0
    far = (view.truth["thickness"] > 50) & ~inside
    assert np.median(change[inside]) > 20
    assert np.abs(np.median(change[far])) < np.median(change[inside]) / 2
    assert change[far].std() < view.le[far].std() / 5


def test_des_shows_the_iodine_and_des_zero_does_not(view):
    inside = view.truth["lesion"] > 0
    around = (view.truth["thickness"] > 54) & ~inside

    def contrast(image):
        return (image[inside].mean() - np.median(image[around])) / DES_PER_MG_CM2

    assert contrast(view.des.astype(float) - view.truth["des_zero"]) == pytest.approx(1.5, abs=0.4)
    assert abs(contrast(view.truth["des_zero"].astype(float))) < 0.8
    assert contrast(view.truth["des_ideal"].astype(float)) > 1.2


def test_weight_and_slope_are_those_of_the_physics(view):
    assert view.w == pytest.approx(0.273, abs=0.01)
    assert view.slope == pytest.approx(0.0164, abs=0.0005)


def test_a_right_breast_is_mirrored():
    right = render(toy_scene(Side.RIGHT), CAMERA, "S0001_R_CC")
    assert right.le[:, -20:].mean() > 500 > right.le[:, :10].mean()
    assert (right.truth["lesion"] > 0).nonzero()[1].min() > 30


def test_same_key_same_noise_another_key_another(view):
    again, other = (render_des(toy_scene(), CAMERA, key) for key in ("S0001_L_CC", "other"))
    assert np.array_equal(again, view.des)
    assert not np.array_equal(other, view.des)


@pytest.fixture(scope="module")
def dosed():
    return render(toy_scene(), replace(CAMERA, doses=(0, 25, 50, 100)), "S0001_L_CC")


def test_reduced_doses_add_to_the_truth_and_change_nothing_else(view, dosed):
    added = set(dosed.truth) - set(view.truth)
    assert added == {f"{what}_{dose}" for what in ("le", "des") for dose in (0, 25, 50, 100)}
    assert all(np.array_equal(dosed.truth[name], view.truth[name]) for name in view.truth)
    assert np.array_equal(dosed.des, view.des)


def test_the_ends_of_the_doses_are_known_images(dosed):
    assert np.array_equal(dosed.truth["des_0"], dosed.truth["des_zero"])
    assert np.array_equal(dosed.truth["des_100"], dosed.des)
    assert np.array_equal(dosed.truth["le_100"], dosed.le)


@pytest.mark.parametrize("dose", [25, 50])
def test_a_share_of_the_dose_shows_that_share_of_the_iodine_in_the_same_noise(dosed, dose):
    inside = dosed.truth["lesion"] > 0
    nothing = dosed.truth["des_zero"].astype(float)
    full, part = ((image - nothing)[inside].mean() for image in (dosed.des, dosed.truth[f"des_{dose}"]))
    assert part / full == pytest.approx(dose / 100, abs=0.03)
    far = (dosed.truth["thickness"] > 54) & ~inside
    assert (dosed.truth[f"des_{dose}"] - nothing)[far].std() < nothing[far].std() / 2
