"""Linear attenuation of tissues, filters, iodine and detector over the energy bins of the tables.

Coefficients come from `tables/attenuation.csv` (xraylib); compositions are shares by mass. Breast tissue is Hammerstein
et al. 1979, Radiology 130:485; every other soft tissue is given by the anatomy as adipose and glandular equivalents.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from jaxtyping import Float64

from vcem.core.errors import UsageError

TABLES = Path(__file__).parent / "tables"
Bins = Float64[np.ndarray, "k"]  # one value per energy bin


@dataclass(frozen=True)
class Material:
    """Shares of elements by mass, and density in g/cm3."""

    shares: tuple[tuple[str, float], ...]
    density: float


def _material(density: float, **shares: float) -> Material:
    total = sum(shares.values())
    return Material(tuple((element, share / total) for element, share in shares.items()), density)


ADIPOSE = _material(0.93, H=0.112, C=0.619, N=0.017, O=0.251, P=0.001)
GLANDULAR = _material(1.04, H=0.102, C=0.184, N=0.032, O=0.677, P=0.005)
WATER = _material(1.0, H=0.111894, O=0.888106)
HYDROXYAPATITE = _material(3.16, H=0.002, O=0.4141, P=0.185, Ca=0.3989)  # Ca5(PO4)3OH
POLYCARBONATE = _material(1.20, H=0.055491, C=0.755751, O=0.188758)
AIR = _material(0.001205, C=0.000124, N=0.755268, O=0.231781, Ar=0.012827)
CAESIUM_IODIDE = _material(4.51, I=0.488451, Cs=0.511549)
ELEMENTS = MappingProxyType(
    {
        name: _material(density, **{name: 1.0})
        for name, density in {"Al": 2.699, "Cu": 8.96, "Ag": 10.5, "Rh": 12.41, "Mo": 10.22, "Be": 1.848}.items()
    }
)


@lru_cache(maxsize=8)
def read_table(name: str) -> dict[str, Bins]:
    """Return the columns of a shipped table by name; `energy_kev` is the middle of each bin."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8") as file:
        columns = file.readline().strip().split(",")
        values = np.loadtxt(file, delimiter=",", dtype=np.float64)
    return dict(zip(columns, np.ascontiguousarray(values.T), strict=True))


def energies_kev() -> Bins:
    """Return the middle of every energy bin."""
    return read_table("attenuation")["energy_kev"]


def mass_attenuation(material: Material) -> Bins:
    """Return mu/rho in cm2/g per bin (mixture rule)."""
    table = read_table("attenuation")
    return np.sum([share * table[element] for element, share in material.shares], axis=0)


def per_mm(material: Material) -> Bins:
    """Return the linear attenuation coefficient in 1/mm per bin."""
    return mass_attenuation(material) * material.density / 10


def per_mg_cm2(element: str) -> Bins:
    """Return what 1 mg/cm2 of an element adds to the exponent, per bin."""
    return read_table("attenuation")[element] / 1000


def filter_material(name: str) -> Material:
    """Return the material of a tube filter.

    Raises:
        UsageError: if there is no filter of that name.
    """
    if name not in ELEMENTS:
        raise UsageError(f"No filter is made of {name!r} here.", f"one of {', '.join(ELEMENTS)}")
    return ELEMENTS[name]
