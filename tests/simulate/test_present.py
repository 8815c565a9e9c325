import numpy as np
import pytest

from breast_scene import disc, half_ellipse, with_cyst, with_iodine
from vcem.core.errors import UsageError
from vcem.simulate.acquire import Acquisition, acquire
from vcem.simulate.present import (
    DES_WINDOW,
    LE_WINDOW,
    Look,
    detail,
    present_des,
    present_le,
    processed,
    rim_lift,
    tone_of,
)


@pytest.fixture(scope="module", name="scene")
def make_scene():
    breast = half_ellipse(shape=(300, 240), spacing_mm=0.8)
    return with_cyst(breast, disc(breast, 0, 50, 16), 12)


@pytest.fixture(scope="module", name="le")
def make_le(scene):
    return acquire(scene, Acquisition(), 1, "a").le


def ring(scene, distance):
    return (scene.distance >= distance) & (scene.distance < distance + 2)


def windowed(stored, window):
    """PS3.3 C.11.2.1.2.1, linear, to 8 bits."""
    centre, width = window
    return np.clip(((stored - (centre - 0.5)) / (width - 1) + 0.5) * 255, 0, 255)


def test_the_rim_of_le_stands_at_the_level_of_the_inner_breast(scene, le):
    lift = rim_lift(le, scene, Look())
    shown = (processed(le, scene, Look(), lift), processed(le, scene, Look(), (0.0, 0.0)))
    spread, before = (np.ptp([s[ring(scene, d)].mean() for d in (2, 6, 12, 20, 45)]) for s in shown)
    assert spread < 0.15 * before


def test_le_fills_12_bits_and_is_black_outside(scene, le):
    stored = present_le(le, scene)
    assert stored.dtype == np.uint16
    assert stored.max() <= 4095
    assert stored[scene.breast].max() > 3800
    assert not stored[~scene.breast].any()
    assert windowed(stored.max(), LE_WINDOW) > 235


def test_what_attenuates_more_is_brighter(scene, le):
    stored = present_le(le, scene).astype(float)
    assert stored[disc(scene, 0, 50, 12) == 1].mean() > stored[ring(scene, 40)].mean() + 1000


def test_a_higher_gamma_darkens(scene, le):
    soft, hard = (present_le(le, scene, Look(gamma=g))[scene.breast].mean() for g in (0.8, 1.6))
    assert soft > hard


def test_with_the_same_tone_a_darker_image_stays_darker(scene, le):
    tone = tone_of(le, scene)
    assert (present_le(le, scene, None, tone) == present_le(le, scene)).all()
    brighter = present_le(le * np.float32(0.98), scene, None, tone)
    assert brighter[scene.breast].mean() > present_le(le, scene)[scene.breast].mean() + 20


def test_detail_paints_no_rim(scene):
    even = np.where(scene.breast, np.float32(1.5), np.float32(0))
    assert np.abs(detail(even, scene.breast, 0.8, 2.0)).max() < 1e-5


@pytest.mark.parametrize(("mg_cm2", "grey"), [(0.0, 58), (1.0, 133), (2.0, 208), (-5.0, 0)])
def test_des_in_its_window_is_58_and_75_per_mg(scene, mg_cm2, grey):
    stored = present_des(np.full(scene.breast.shape, mg_cm2, np.float32), scene.breast)
    assert windowed(stored[scene.breast], DES_WINDOW).mean() == pytest.approx(grey, abs=1.1)
    assert windowed(stored[~scene.breast], DES_WINDOW).max() == 0


def test_stored_des_is_2000_and_36_per_mg(scene):
    stored = present_des(scene.iodine + np.float32(1.0), scene.breast)
    assert (stored[scene.breast] == 2036).all()


def test_des_shows_the_disc_that_le_hardly_shows(scene):
    lit = with_iodine(scene, disc(scene, -40, 50, 12), 1.0)
    renders = acquire(lit, Acquisition(), 1, "a")
    stored = present_des(renders.des, lit.breast).astype(float)
    assert stored[disc(scene, -40, 50, 8) == 1].mean() - stored[ring(scene, 45)].mean() == pytest.approx(36, rel=0.15)


@pytest.mark.parametrize("wrong", [{"gamma": 0.0}, {"black_percentile": 99.9}, {"foot": 0.99}, {"detail_mm": -1.0}])
def test_an_impossible_look_is_refused(wrong):
    with pytest.raises(UsageError):
        Look(**wrong)
