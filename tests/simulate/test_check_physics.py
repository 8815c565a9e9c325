from dataclasses import replace

import pytest

from vcem.simulate.acquire import Acquisition
from vcem.simulate.check_physics import des_of, physics_rows, slab
from vcem.simulate.scatter import Scatter
from vcem.simulate.spectrum import Beam


@pytest.fixture(scope="module", name="rows")
def make_rows():
    return {row.quantity: row for row in physics_rows()}


def test_the_default_machine_passes(rows):
    assert not [row for row in rows.values() if not row.passes]
    assert len(rows) == 13


def test_a_thin_copper_filter_and_no_grid_fail():
    machine = Acquisition(he=Beam("Rh", 45, "Cu", 0.1), scatter=Scatter(he_at_50_mm=0.68))
    failed = {row.quantity for row in physics_rows(machine) if not row.passes}
    assert {"HE photons above 33.17 keV", "weight w at 5.5 cm", "HE scatter to primary with grid, 50 mm"} <= failed


def test_scatter_is_taken_off_before_the_subtraction():
    machine = Acquisition()
    clean = replace(machine, scatter=Scatter(le_at_50_mm=0.0, he_at_50_mm=0.0))
    assert des_of(slab(55.0), machine) == pytest.approx(des_of(slab(55.0), clean), abs=2e-4)
