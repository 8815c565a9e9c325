"""The physics half of the report card: the simulator's own images of slabs against published and calculated values."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from vcem.core.seeds import rng_for
from vcem.core.terms import Side, View
from vcem.simulate.acquire import Acquisition, expose, exposures
from vcem.simulate.card import Row
from vcem.simulate.detector import add_noise
from vcem.simulate.recombine import REFERENCE_SHARE, subtract, weight
from vcem.simulate.scatter import estimate, scattered
from vcem.simulate.scene import Scene
from vcem.simulate.spectrum import half_value_layer_mm, share_above_iodine_edge

MIDDLE_MM = 55.0
DEPTHS_MM = (30.0, 40.0, 55.0, 70.0, 80.0)
IODINE_STEPS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)  # mg/cm2
DOSES = (0.25, 1.0, 4.0)
CYST_MM, CYST_ADIPOSE, CYST_GLANDULAR = 5.0, -0.275, 1.216  # water in the two materials of the breast
CALCIUM_MM = 0.3
HERE = "calculated from the spectra and coefficients in the tables"


def slab(thickness_mm: float, share: float = REFERENCE_SHARE, iodine: float = 0.0) -> Scene:
    """Return a slab that fills a field of 24 x 20 cm, with a share of gland and iodine in mg/cm2."""
    shape = (60, 50)
    full, zero = np.full(shape, thickness_mm, np.float32), np.zeros(shape, np.float32)
    gland = full * np.float32(share)
    far = np.full(shape, 100, np.float32)
    return Scene(
        Side.LEFT, View.CC, 4.0, thickness_mm, np.ones(shape, dtype=np.bool_), far, full, full - gland, gland, zero,
        np.full(shape, iodine, np.float32), (),
    )  # fmt: skip


def des_of(scene: Scene, acquisition: Acquisition) -> float:
    """Return the mean DES of a slab without noise and motion, scatter estimated from the images and taken off."""
    primaries = []
    for exposure in exposures(acquisition, scene.paddle_mm):
        signal = expose(scene, exposure, acquisition.scatter, None)
        scatter = (scene.thickness, scene.spacing_mm, acquisition.scatter, exposure.scatter_at_50_mm)
        primaries.append(signal - estimate(signal, *scatter))
    w = weight(*acquisition.paths(scene.paddle_mm), scene.paddle_mm)
    return float(subtract(primaries[0], primaries[1], w).mean(dtype=np.float64))


def physics_rows(acquisition: Acquisition | None = None) -> tuple[Row, ...]:
    """Return the card of a machine; the bands are those of the default one."""
    machine = acquisition or Acquisition()
    slope = _per_iodine(MIDDLE_MM, machine)
    return (
        *_beam_rows(machine),
        *_iodine_rows(slope, machine),
        *_tissue_rows(slope, machine),
        *_scatter_rows(machine),
        _noise_row(machine),
    )


def _beam_rows(machine: Acquisition) -> tuple[Row, ...]:
    le, he = machine.paths(MIDDLE_MM)
    layer, share = half_value_layer_mm(le.photons()), share_above_iodine_edge(he.photons())
    edge = "spectrum of Rh/Cu at 49 kVp (SpekPy)"
    return (
        Row("weight w at 5.5 cm", weight(le, he, MIDDLE_MM), 0.263, 0.283, "", HERE),
        Row("half-value layer of LE", layer, 0.50, 0.56, "mm Al", "dose report of a Senographe Pristina, 0.54"),
        Row("HE photons above 33.17 keV", share, 0.68, 0.74, "", edge),
    )


def _iodine_rows(slope: float, machine: Acquisition) -> tuple[Row, ...]:
    steps = np.array(IODINE_STEPS)
    des = np.array([des_of(slab(MIDDLE_MM, iodine=i), machine) for i in IODINE_STEPS])
    r2 = float(np.corrcoef(steps, des)[0, 1] ** 2)
    drift = max(abs(_per_iodine(t, machine) / slope - 1) for t in DEPTHS_MM)
    return (
        Row("iodine slope of DES", slope, 0.0159, 0.0169, "per mg/cm2", HERE),
        Row("linearity in iodine to 8 mg/cm2, R2", r2, 0.999, 1.0, "", HERE),
        Row("change of the slope from 3 to 8 cm", drift, 0.0, 0.02, "", HERE),
    )


def _tissue_rows(slope: float, machine: Acquisition) -> tuple[Row, ...]:
    empty = slab(MIDDLE_MM)
    middle = des_of(empty, machine)
    cyst = replace(
        empty,
        adipose=empty.adipose + np.float32(CYST_MM * (CYST_ADIPOSE - (1 - REFERENCE_SHARE))),
        glandular=empty.glandular + np.float32(CYST_MM * (CYST_GLANDULAR - REFERENCE_SHARE)),
    )
    calcified = replace(empty, calcium=empty.calcium + np.float32(CALCIUM_MM))
    residue = max(float(np.ptp(_by_share(t, machine))) for t in DEPTHS_MM) / slope
    dark = "dark: water, about -0.18, in place of tissue"
    return (
        Row("residue of gland, 0 to 50 %", residue, 0.0, 0.3, "mg/cm2", "published limit of GE, SPIE 11595"),
        Row("cyst of 5 mm in DES", (des_of(cyst, machine) - middle) / slope, -1.0, -0.01, "mg/cm2", dark),
        Row("calcification of 0.3 mm", (des_of(calcified, machine) - middle) / slope, -3.0, -0.01, "mg/cm2", HERE),
    )


def _scatter_rows(machine: Acquisition) -> tuple[Row, ...]:
    return tuple(
        Row(f"HE scatter to primary with grid, {t:.0f} mm", _ratio(t, machine), 0.06, 0.31, "", "Carton et al. 2009")
        for t in (20.0, 50.0, 80.0)
    )


def _noise_row(machine: Acquisition) -> Row:
    variances = [_variance(machine, dose) for dose in DOSES]
    power = float(np.polyfit(np.log(DOSES), np.log(variances), 1)[0])
    return Row("power of dose in the noise variance", power, -1.05, -0.95, "", "Poisson statistics")


def _per_iodine(thickness_mm: float, machine: Acquisition) -> float:
    return des_of(slab(thickness_mm, iodine=1.0), machine) - des_of(slab(thickness_mm), machine)


def _by_share(thickness_mm: float, machine: Acquisition) -> Float64[np.ndarray, "shares"]:
    return np.array([des_of(slab(thickness_mm, share), machine) for share in (0, 0.125, 0.25, 0.375, 0.5)])


def _ratio(thickness_mm: float, machine: Acquisition) -> float:
    scene, (_, high) = slab(thickness_mm), exposures(machine, thickness_mm)
    alone = replace(machine.scatter, le_at_50_mm=0.0, he_at_50_mm=0.0)
    primary = expose(scene, replace(high, scatter_at_50_mm=0.0), alone, None)
    scatter = scattered(primary, scene.thickness, scene.spacing_mm, machine.scatter, high.scatter_at_50_mm)
    return float((scatter / primary).mean())


def _variance(machine: Acquisition, dose: float) -> float:
    low, _ = exposures(replace(machine, le_kerma_ugy=machine.le_kerma_ugy * dose), MIDDLE_MM)
    still = np.broadcast_to(expose(slab(MIDDLE_MM), low, machine.scatter, None).mean(), (240, 200)).astype(np.float32)
    return float(add_noise(still, low.variance_mm2, 0.1, rng_for(0, "card", f"{dose}")).var())
