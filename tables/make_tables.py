"""Make the physics tables that ship in src/vcem/simulate/tables.

Needs xraylib (BSD-3; 4.3.0 was used) and spekpy (MIT; 2.5.4): `pip install "vcem[test]"`. Then
`python tables/make_tables.py [FOLDER]`. It writes

    spectra.csv      tube output per 0.5 keV bin behind the beryllium window, photons/mm2/mAs at 1 m, a column a tube
    attenuation.csv  mass attenuation coefficients mu/rho of elements, cm2/g, at the middle of each bin
    absorption.csv   mass energy-absorption coefficient of dry air, cm2/g
    provenance.json  libraries, versions, options

mu/rho is coherent + incoherent + photoelectric. Energy absorption is photoelectric + incoherent times the mean share of
energy that the Klein-Nishina electron takes: xraylib's CS_Energy is wrong between 16 and 50 keV (its issues 176, 255).
"""

import json
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import spekpy
import xraylib

FOLDER = Path(__file__).parents[1] / "src" / "vcem" / "simulate" / "tables"
BIN_KEV, LOWEST_KEV, HIGHEST_KEV = 0.5, 5.0, 49.0
TUBES = {"Rh34": ("Rh", 34), "Rh49": ("Rh", 49), "Rh45": ("Rh", 45), "Mo26": ("Mo", 26), "W30": ("W", 30),
         "W49": ("W", 49)}  # fmt: skip
ANODE_ANGLE_DEG = 20.0
WINDOW_BE_MM = 0.69
ELEMENTS = ("H", "Be", "C", "N", "O", "Al", "P", "Ar", "Ca", "Cu", "Mo", "Rh", "Ag", "I", "Cs")
AIR = {"C": 0.000124, "N": 0.755268, "O": 0.231781, "Ar": 0.012827}  # NIST dry air, shares by mass
ELECTRON_MASS_KEV = 510.999


def middles() -> np.ndarray:
    """Return the middle of every bin in keV."""
    return np.arange(LOWEST_KEV + BIN_KEV / 2, HIGHEST_KEV, BIN_KEV)


def tube_output(anode: str, kvp: int, energies: np.ndarray) -> np.ndarray:
    """Return photons/mm2/mAs per bin at 1 m behind the window; 0 above the tube potential."""
    tube = spekpy.Spek(kvp=kvp, targ=anode, th=ANODE_ANGLE_DEG, dk=BIN_KEV, physics="kqp", z=100, mas=1)
    tube.filter("Be", WINDOW_BE_MM)
    k, fluence_per_kev = tube.get_spectrum(flu=True, diff=True)
    return np.interp(energies, k, fluence_per_kev, left=0, right=0) * BIN_KEV / 100  # per cm2 to per mm2


def attenuation(element: str, energy_kev: float) -> float:
    """Return mu/rho in cm2/g."""
    return xraylib.CS_Total(xraylib.SymbolToAtomicNumber(element), energy_kev)


def electron_share(energy_kev: float) -> float:
    """Return the mean share of a photon's energy that a Compton electron takes (Klein and Nishina 1929)."""
    cosine = np.linspace(-1, 1, 2001)
    left = 1 / (1 + energy_kev / ELECTRON_MASS_KEV * (1 - cosine))
    cross_section = left**2 * (left + 1 / left - (1 - cosine**2))
    return float((cross_section * (1 - left)).sum() / cross_section.sum())


def air_absorption(energy_kev: float) -> float:
    """Return mu_en/rho of dry air in cm2/g."""
    total = 0.0
    for element, share in AIR.items():
        z = xraylib.SymbolToAtomicNumber(element)
        total += share * (
            xraylib.CS_Photo(z, energy_kev) + xraylib.CS_Compt(z, energy_kev) * electron_share(energy_kev)
        )
    return total


def write_table(path: Path, energies: np.ndarray, columns: dict[str, Iterable[float]], digits: int) -> None:
    """Write a CSV with the column energy_kev first."""
    rows = zip(energies, *columns.values(), strict=True)
    lines = [",".join(["energy_kev", *columns])]
    lines += [",".join([f"{e:.2f}", *(f"{v:.{digits}g}" for v in values)]) for e, *values in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(folder: Path) -> None:
    """Write the three tables and their provenance."""
    folder.mkdir(parents=True, exist_ok=True)
    energies = middles()
    spectra = {name: tube_output(*tube, energies) for name, tube in TUBES.items()}
    coefficients = {element: [attenuation(element, e) for e in energies] for element in ELEMENTS}
    write_table(folder / "spectra.csv", energies, spectra, 5)
    write_table(folder / "attenuation.csv", energies, coefficients, 5)
    write_table(folder / "absorption.csv", energies, {"air": [air_absorption(e) for e in energies]}, 5)
    provenance = {
        "made_by": "tables/make_tables.py",
        "xraylib": xraylib.__version__,
        "spekpy": f"{version('spekpy')}, physics kqp",
        "anode_angle_deg": ANODE_ANGLE_DEG,
        "window_be_mm": WINDOW_BE_MM,
        "bin_kev": BIN_KEV,
        "tubes": {name: {"anode": anode, "kvp": kvp} for name, (anode, kvp) in TUBES.items()},
        "air": AIR,
    }
    (folder / "provenance.json").write_text(json.dumps(provenance, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
