from dataclasses import replace

import numpy as np
import pytest

from breast_scene import disc, half_ellipse, slab, with_calcium, with_iodine
from vcem.simulate.spectrum import Beam
from vcem.simulate.transmission import BeamPath, attenuate, coordinates, log_attenuation

BEAMS = [Beam("Rh", 34, "Ag", 0.03), Beam("Mo", 26, "Mo", 0.03), Beam("Rh", 49, "Cu", 0.25)]
PATHS = [BeamPath(beam, 2.8, 590.0, 0.1) for beam in BEAMS]


@pytest.fixture(scope="module", name="tissue")
def draw_tissue():
    """Every thickness from air to the thickest muscle, fat slightly and muscle clearly outside their span."""
    rng = np.random.default_rng(0)
    total, share = rng.uniform(0, 120, 20_000), rng.uniform(-0.08, 1.35, 20_000)
    iodine = rng.uniform(0, 9.9, 20_000)
    return [a.astype(np.float32).reshape(100, 200) for a in (total * (1 - share), total * share, iodine)]


@pytest.mark.parametrize("path", PATHS, ids=["Rh/Ag", "Mo/Mo", "Rh/Cu"])
def test_the_table_is_exact_to_0_002(path, tissue):
    adipose, glandular, iodine = tissue
    scene = replace(slab(shape=(100, 200)), adipose=adipose, glandular=glandular, iodine=iodine)
    exact = attenuate(path, tuple(a.astype(np.float64) for a in (*tissue, np.zeros((100, 200)))))
    assert np.abs(log_attenuation(path, scene) - exact).max() < 2e-3


@pytest.mark.parametrize(("calcium", "iodine"), [(0.3, 0.0), (0.0, 15.0), (2.0, 30.0)])
def test_calcium_and_what_lies_beyond_the_table_are_integrated_exactly(calcium, iodine):
    scene = with_iodine(with_calcium(slab(), 1, calcium), 1, iodine)
    exact = attenuate(PATHS[0], tuple(np.array([v], np.float64) for v in (40, 10, iodine, calcium)))[0]
    assert log_attenuation(PATHS[0], scene) == pytest.approx(np.full((96, 80), exact), abs=2e-6)


def test_nothing_attenuates_nothing():
    scene = half_ellipse(shape=(120, 100), spacing_mm=2.0)
    assert not log_attenuation(PATHS[0], scene)[~scene.breast].any()


def test_a_monochromatic_beam_would_be_linear_and_ours_hardens():
    thin, thick = (float(log_attenuation(PATHS[0], slab(t))[0, 0]) for t in (20.0, 40.0))
    assert 1.5 * thin < thick < 2 * thin


def test_one_mg_of_iodine_takes_as_much_as_the_reference_says():
    le, he = ((float(log_attenuation(p, slab(55, iodine=1.0))[0, 0] - log_attenuation(p, slab(55))[0, 0]))
              for p in (PATHS[0], PATHS[2]))  # fmt: skip
    assert le == pytest.approx(0.0197, abs=0.0006)
    assert he == pytest.approx(0.0218, abs=0.0006)


def test_the_nodes_of_the_table_stay_in_range_for_muscle():
    place = coordinates(*(np.array([v], np.float32) for v in (-25.0, 110.0, 0.0)))
    assert (place >= 0).all()


def test_a_disc_of_calcium_changes_its_own_pixels_alone():
    scene = slab()
    spot = disc(scene, 0, 30, 4)
    change = log_attenuation(PATHS[0], with_calcium(scene, spot, 0.3)) - log_attenuation(PATHS[0], scene)
    assert (change[spot > 0.1] > 0.01).all()
    assert not change[spot == 0].any()
