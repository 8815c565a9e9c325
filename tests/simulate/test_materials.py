import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.simulate.materials import (
    ADIPOSE,
    AIR,
    CAESIUM_IODIDE,
    GLANDULAR,
    HYDROXYAPATITE,
    TABLES,
    WATER,
    energies_kev,
    filter_material,
    mass_attenuation,
    per_mg_cm2,
    per_mm,
    read_table,
)


def at(kev, values):
    return np.exp(np.interp(np.log(kev), np.log(energies_kev()), np.log(values)))


@pytest.mark.parametrize(
    ("material", "kev", "per_cm"),
    [
        (ADIPOSE, 15, 0.9636),
        (ADIPOSE, 30, 0.2793),
        (GLANDULAR, 20, 0.7814),
        (GLANDULAR, 40, 0.2702),
        (WATER, 25, 0.5082),
    ],
)
def test_attenuation_of_tissue_is_that_of_the_published_compositions(material, kev, per_cm):
    assert at(kev, per_mm(material)) * 10 == pytest.approx(per_cm, rel=1e-3)


def test_water_at_20_kev_is_the_nist_value():
    assert at(20, mass_attenuation(WATER)) == pytest.approx(0.8096, rel=1e-3)


def test_iodine_jumps_fivefold_at_its_k_edge():
    iodine = dict(zip(energies_kev(), per_mg_cm2("I") * 1000, strict=True))
    assert iodine[32.75] == pytest.approx(6.78, abs=0.1)
    assert iodine[33.25] / iodine[32.75] == pytest.approx(5.25, abs=0.2)


def test_caesium_iodide_has_both_edges():
    mu = dict(zip(energies_kev(), per_mm(CAESIUM_IODIDE), strict=True))
    assert mu[33.25] / mu[32.75] > 1.5
    assert mu[36.25] / mu[35.75] > 1.2


def test_air_holds_argon():
    assert dict(AIR.shares)["Ar"] == pytest.approx(0.0128, abs=1e-4)


@pytest.mark.parametrize(("kev", "nist"), [(20, 0.5389), (30, 0.1537), (40, 0.0683)])
def test_energy_absorption_of_air_is_near_the_nist_value(kev, nist):
    assert at(kev, read_table("absorption")["air"]) == pytest.approx(nist, rel=0.01)


def test_shares_by_mass_sum_to_one():
    for material in (ADIPOSE, GLANDULAR, WATER, AIR, HYDROXYAPATITE, CAESIUM_IODIDE):
        assert sum(share for _, share in material.shares) == pytest.approx(1)


def test_a_filter_of_wood_is_refused():
    with pytest.raises(UsageError, match="wood"):
        filter_material("wood")


def test_the_tables_are_small():
    assert sum(path.stat().st_size for path in TABLES.iterdir()) < 60_000


def test_the_tables_are_those_that_xraylib_gives():
    xraylib = pytest.importorskip("xraylib")
    for element, z in (("H", 1), ("Ca", 20), ("I", 53), ("Cs", 55), ("Ag", 47)):
        column = dict(zip(energies_kev(), read_table("attenuation")[element], strict=True))
        for kev in (10.25, 20.25, 33.25, 48.75):
            assert column[kev] == pytest.approx(xraylib.CS_Total(z, kev), rel=1e-4)
