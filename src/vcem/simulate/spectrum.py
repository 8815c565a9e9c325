"""Beams: what leaves the tube, passes the filter, the paddle and the air, and is seen by the detector."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vcem.core.errors import UsageError
from vcem.simulate.materials import (
    AIR,
    CAESIUM_IODIDE,
    ELEMENTS,
    POLYCARBONATE,
    Bins,
    energies_kev,
    filter_material,
    per_mm,
    read_table,
)

KEV_IN_JOULE = 1.602177e-16
PER_UGY = 1e-6  # J/kg
IODINE_EDGE_KEV = 33.169


@dataclass(frozen=True)
class Beam:
    """One tube setting: anode and tube potential that the tables hold, and one filter."""

    anode: str
    kvp: int
    filter: str
    filter_mm: float

    def __post_init__(self) -> None:
        filter_material(self.filter)
        tubes = [name for name in read_table("spectra") if name != "energy_kev"]
        if f"{self.anode}{self.kvp}" not in tubes:
            raise UsageError(
                f"There is no tube spectrum for {self.anode} at {self.kvp} kVp.", f"one of {', '.join(tubes)}"
            )
        if not 0 <= self.filter_mm <= 10:
            raise UsageError(f"A filter of {self.filter_mm} mm is impossible.", "0 to 10 mm")


@lru_cache(maxsize=32)
def filtered(beam: Beam, paddle_mm: float, air_mm: float) -> Bins:
    """Return photons/mm2/mAs per bin at 1 m, behind filter, polycarbonate paddle and air, before the breast.

    Raises:
        UsageError: if nothing of the beam is left.
    """
    exponent = per_mm(filter_material(beam.filter)) * beam.filter_mm
    exponent = exponent + per_mm(POLYCARBONATE) * paddle_mm + per_mm(AIR) * air_mm
    photons = read_table("spectra")[f"{beam.anode}{beam.kvp}"] * np.exp(-exponent)
    if photons.sum() < 1:
        raise UsageError(f"Nothing of the beam {beam} passes its filter.", "a thinner filter")
    return photons


@lru_cache(maxsize=8)
def detector_response(csi_mm: float) -> Bins:
    """Return the signal of one photon per bin: energy times the share that the scintillator absorbs."""
    return energies_kev() * (1 - np.exp(-per_mm(CAESIUM_IODIDE) * csi_mm))


def kerma_per_photon_ugy() -> Bins:
    """Return the air kerma of one photon/mm2 in uGy per bin."""
    fluence_m2 = 1e6
    absorption_m2_kg = read_table("absorption")["air"] / 10
    return fluence_m2 * energies_kev() * KEV_IN_JOULE * absorption_m2_kg / PER_UGY


def half_value_layer_mm(photons: Bins) -> float:
    """Return the aluminium thickness that halves the air kerma of a spectrum."""
    weights, mu = photons * kerma_per_photon_ugy(), per_mm(ELEMENTS["Al"])
    low, high = 0.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if weights @ np.exp(-mu * middle) > weights.sum() / 2 else (low, middle)
    return low


def share_above_iodine_edge(photons: Bins) -> float:
    """Return the share of photons above the K edge of iodine."""
    return float(photons[energies_kev() > IODINE_EDGE_KEV].sum() / photons.sum())
