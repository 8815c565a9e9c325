import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.simulate.materials import energies_kev, read_table
from vcem.simulate.spectrum import (
    Beam,
    detector_response,
    filtered,
    half_value_layer_mm,
    kerma_per_photon_ugy,
    share_above_iodine_edge,
)

LE, HE = Beam("Rh", 34, "Ag", 0.03), Beam("Rh", 49, "Cu", 0.25)


def test_the_half_value_layer_of_le_is_that_of_a_dose_report():
    assert half_value_layer_mm(filtered(LE, 2.8, 590.0)) == pytest.approx(0.53, abs=0.03)


def test_he_lies_mostly_above_the_edge_of_iodine_and_le_below():
    assert share_above_iodine_edge(filtered(HE, 2.8, 590.0)) == pytest.approx(0.71, abs=0.03)
    assert share_above_iodine_edge(filtered(LE, 2.8, 590.0)) < 0.005


def test_a_thicker_filter_hardens_and_weakens():
    thin, thick = (filtered(Beam("Rh", 49, "Cu", mm), 2.8, 590.0) for mm in (0.2, 0.3))
    assert thick.sum() < thin.sum()
    thin_kev, thick_kev = (photons @ energies_kev() / photons.sum() for photons in (thin, thick))
    assert thick_kev > thin_kev


def test_no_photon_has_more_energy_than_the_tube_potential():
    for name, photons in read_table("spectra").items():
        if name != "energy_kev":
            assert not photons[energies_kev() > int(name[-2:])].any()
            assert photons.sum() > 0


def test_one_photon_of_20_kev_per_mm2_gives_the_kerma_of_hand_reckoning():
    by_hand = 1e6 * 20.25 * 1.602177e-16 * 0.5186 / 10 * 1e6
    assert kerma_per_photon_ugy()[np.searchsorted(energies_kev(), 20.25)] == pytest.approx(by_hand, rel=0.01)


def test_the_detector_absorbs_at_most_the_whole_energy():
    assert (detector_response(0.1) > 0).all()
    assert (detector_response(0.1) < energies_kev()).all()
    assert (detector_response(0.2) > detector_response(0.1)).all()


@pytest.mark.parametrize(
    ("beam", "why"),
    [(("Rh", 60, "Ag", 0.03), "no tube spectrum"), (("Pb", 34, "Ag", 0.03), "no tube spectrum"),
     (("Rh", 34, "wood", 0.03), "wood"), (("Rh", 34, "Ag", -0.1), "impossible")],
)  # fmt: skip
def test_a_beam_without_spectrum_is_refused(beam, why):
    with pytest.raises(UsageError, match=why):
        Beam(*beam)


def test_a_beam_that_its_filter_stops_is_refused():
    with pytest.raises(UsageError, match="passes its filter"):
        filtered(Beam("Rh", 34, "Ag", 5.0), 2.8, 590.0)


def test_the_spectra_are_those_that_spekpy_gives():
    spekpy = pytest.importorskip("spekpy")
    tube = spekpy.Spek(kvp=34, targ="Rh", th=20, dk=0.5, physics="kqp", z=100, mas=1)
    tube.filter("Be", 0.69)
    k, fluence = tube.get_spectrum(flu=True, diff=True)
    ours = np.interp(k, energies_kev(), read_table("spectra")["Rh34"])
    inside = (k > 10) & (k < 33)
    assert ours[inside] == pytest.approx(fluence[inside] * 0.5 / 100, rel=1e-3)
