from dataclasses import replace

import numpy as np
import pytest

from breast_scene import disc, half_ellipse, slab, with_calcium, with_cyst, with_iodine
from vcem.core.errors import UsageError
from vcem.simulate.acquire import Acquisition, acquire, with_share
from vcem.simulate.spectrum import Beam

QUIET = Acquisition(le_kerma_ugy=1e6, he_kerma_ugy=1e6, motion_mm=0.0, restless_mm=0.0)


@pytest.fixture(scope="module", name="breast")
def make_breast():
    return half_ellipse(shape=(300, 240), spacing_mm=0.8)


def contrast(scene, des, row_mm, column_mm, diameter_mm):
    """DES in a disc above that around it."""
    core = disc(scene, row_mm, column_mm, diameter_mm - 4) == 1
    around = (disc(scene, row_mm, column_mm, diameter_mm + 14) == 1) & (
        disc(scene, row_mm, column_mm, diameter_mm + 5) == 0
    )
    return float(des[core].mean() - des[around].mean())


@pytest.mark.parametrize("mg_cm2", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("thickness_mm", [35.0, 65.0])
def test_a_disc_of_iodine_comes_back_in_mg_cm2(mg_cm2, thickness_mm):
    breast = half_ellipse(thickness_mm, shape=(300, 240), spacing_mm=0.8)
    scene = with_iodine(breast, disc(breast, 0, 50, 16), mg_cm2)
    assert contrast(scene, acquire(scene, QUIET, 1, "a").des, 0, 50, 16) == pytest.approx(mg_cm2, rel=0.03)


def test_cysts_and_calcifications_are_dark_in_des_and_bright_in_le(breast):
    spot = disc(breast, 0, 50, 14)
    plain = acquire(breast, QUIET, 1, "a")
    for scene in (with_cyst(breast, spot, 10), with_calcium(breast, spot, 0.3)):
        found = acquire(scene, QUIET, 1, "a")
        assert contrast(scene, found.des, 0, 50, 14) < -0.1
        assert found.le[spot == 1].mean() < 0.95 * plain.le[spot == 1].mean()


def test_the_inner_breast_is_flat_and_the_rim_is_not(breast):
    images = [acquire(breast, QUIET, i, "a").des for i in range(4)]
    assert max(des[breast.distance > 35].std() for des in images) < 0.1
    rims = [np.ptp([des[ring(breast, d)].mean() for d in (1, 4, 12, 25, 45)]) for des in images]
    assert 0.1 < np.mean(rims) < 3


def ring(scene, distance):
    return (scene.distance >= distance) & (scene.distance < distance + 1)


def test_same_seed_and_key_same_bytes(breast):
    a, b, c, d = (acquire(breast, Acquisition(), s, k) for s, k in ((1, "a"), (1, "a"), (2, "a"), (1, "b")))
    for name in ("le", "he", "des"):
        assert getattr(a, name).tobytes() == getattr(b, name).tobytes()
        assert getattr(a, name).tobytes() != getattr(c, name).tobytes()
        assert getattr(a, name).tobytes() != getattr(d, name).tobytes()
        assert getattr(a, name).dtype == np.float32


def test_before_contrast_only_the_iodine_differs(breast):
    where = disc(breast, 0, 50, 16)
    scene = with_iodine(breast, where, 1.0)
    after, before = (acquire(s, Acquisition(), 1, "a") for s in (scene, with_share(scene, 0)))
    far = (disc(breast, 0, 50, 120) == 0) & breast.breast
    assert after.le[far] == pytest.approx(before.le[far], rel=2e-3)
    ratio = np.log(before.le / after.le)[where == 1]
    assert ratio.mean() == pytest.approx(0.0197 / 1.15, rel=0.1)
    assert ratio.std() < 0.002
    assert not with_share(scene, 0).iodine.any()


def test_thin_breasts_get_the_soft_beam():
    assert Acquisition().paths(25.0)[0].beam.anode == "Mo"
    assert Acquisition().paths(35.0)[0].beam.anode == "Rh"
    assert acquire(slab(25.0), Acquisition(), 1, "a").w < 0.22


def test_motion_embosses_edges_in_des(breast):
    scene = with_cyst(breast, disc(breast, 0, 50, 16), 15)
    still = acquire(scene, QUIET, 1, "a").des
    moved = acquire(scene, replace(QUIET, motion_mm=0.4), 1, "a").des
    edge = (disc(breast, 0, 50, 18) > 0) & (disc(breast, 0, 50, 14) < 1)
    assert (moved - still)[edge].std() > 3 * (moved - still)[(disc(breast, 0, 50, 12) == 1)].std()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"le_kerma_ugy": -1.0}, "kerma"), ({"he_kerma_ugy": 0.0}, "kerma"), ({"csi_mm": 0.0}, "scintillator"),
     ({"swank": 0.0}, "Swank"), ({"motion_mm": -0.1}, "motion"), ({"paddle_pc_mm": -1.0}, "paddle"),
     ({"restless_share": 2.0}, "restless"), ({"air_mm": float("nan")}, "air")],
)  # fmt: skip
def test_an_absurd_acquisition_is_refused(wrong, why):
    with pytest.raises(UsageError, match=why):
        Acquisition(**wrong)


@pytest.mark.parametrize("thickness_mm", [2.0, -5.0, 10_000.0])
def test_a_breast_thinner_than_its_skin_or_of_ten_metres_is_refused(thickness_mm):
    with pytest.raises(UsageError, match="compressed thickness"):
        acquire(replace(slab(), paddle_mm=thickness_mm), Acquisition(), 1, "a")


def test_impossible_maps_are_refused():
    scene = slab()
    for wrong in (
        {"spacing_mm": 0.0},
        {"iodine": scene.iodine - 1},
        {"adipose": np.full_like(scene.adipose, np.nan)},
    ):
        with pytest.raises(UsageError):
            acquire(replace(scene, **wrong), Acquisition(), 1, "a")


def test_another_copper_filter_changes_the_weight():
    thin = Acquisition(he=Beam("Rh", 49, "Cu", 0.20))
    assert acquire(slab(55.0), thin, 1, "a").w == pytest.approx(0.287, abs=0.006)
