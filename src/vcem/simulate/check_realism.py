"""The realism half of the report card: simulated pairs against the middle 90 % of real ones, and against cohorts.

The bounds of `tables/realism.csv` were measured on real pairs by the same code (`realism.pair_statistics`); the
criterion is that the median lies in the real range (as Acciavatti et al. 2018, SPIE 10573, with the middle 95 %).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import numpy as np

from vcem.core.files import Row as Record
from vcem.core.files import read_csv
from vcem.core.terms import Side, View
from vcem.simulate.acquire import Acquisition, acquire
from vcem.simulate.card import Row
from vcem.simulate.patient import draw_patient
from vcem.simulate.phantom import scene_of
from vcem.simulate.present import DES_BOTTOM, DES_WIDTH, HIGHEST, Look, present_des, present_le
from vcem.simulate.priors import Priors
from vcem.simulate.realism import PairStatistics, inner, pair_statistics, power_exponent

SPACING_MM = 0.4
EXAMS, COHORT = 20, 1500
EXPONENTS = {View.CC: (3.17, 0.23), View.MLO: (3.30, 0.24)}  # Chen et al. 2012, Med. Phys. 39:1435
ENHANCING = (0.30, 0.42)  # 36 % of the images of CESM@UCBM


@dataclass(frozen=True)
class Measured:
    """One simulated view: its statistics as displayed, and the power-law exponent of -ln LE."""

    view: View
    statistics: PairStatistics
    exponent: float


@dataclass(frozen=True)
class Setting:
    """What is rendered: assumptions, machine, processing and seed."""

    priors: Priors = field(default_factory=Priors)
    acquisition: Acquisition = field(default_factory=Acquisition)
    look: Look = field(default_factory=Look)
    seed: int = 0


def realism_rows(setting: Setting | None = None, exams: int = EXAMS, spacing_mm: float = SPACING_MM) -> tuple[Row, ...]:
    """Render both views of one breast of `exams` women and hold them and a larger cohort against their bounds."""
    setting = setting or Setting()
    views = [measure(setting, n, view, spacing_mm) for n in range(1, exams + 1) for view in View]
    return (*pair_rows(views), *exponent_rows(views), *cohort_rows(setting))


def measure(setting: Setting, number: int, view: View, spacing_mm: float) -> Measured:
    """Render one view of a woman, the sides in turn, and measure it."""
    patient = draw_patient(setting.seed, number, setting.priors)
    side = list(Side)[number % 2]
    scene = scene_of(patient, side, view, setting.seed, spacing_mm)
    renders = acquire(scene, setting.acquisition, setting.seed, f"{patient.id}_{side}_{view}")
    le, des = shown(present_le(renders.le, scene, setting.look), present_des(renders.des, scene.breast))
    log = -np.log(np.maximum(renders.le, 1e-6)).astype(np.float32)
    exponent = power_exponent(log, inner(scene.breast, spacing_mm), spacing_mm)
    return Measured(view, pair_statistics(le, des, scene.breast, spacing_mm), exponent)


def shown(le: np.ndarray, des: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return stored values on the 8-bit scale of a display."""
    grey = (des.astype(np.float32) - np.float32(DES_BOTTOM)) * np.float32(255 / DES_WIDTH)
    return le.astype(np.float32) * np.float32(255 / HIGHEST), np.clip(grey, 0, 255)


def pair_rows(views: list[Measured]) -> Iterator[Row]:
    """Yield a row a statistic: the median of all views against what real pairs show."""
    for known in real_ranges():
        name = known["statistic"]
        found = float(np.nanmedian([getattr(v.statistics, name) for v in views]))
        source = f"{known['pairs']} pairs of CDD-CESM, 5th to 95th percentile"
        yield Row(f"median {name}", found, float(known["p05"]), float(known["p95"]), "", source)


def exponent_rows(views: list[Measured]) -> Iterator[Row]:
    """Yield the exponents of the power law of -ln LE."""
    for view, (mean, sd) in EXPONENTS.items():
        found = float(np.nanmedian([v.exponent for v in views if v.view is view]))
        yield Row(f"exponent of -ln LE, {view}", found, mean - sd, mean + sd, "", "Chen et al. 2012, 23 women")


def cohort_rows(setting: Setting) -> Iterator[Row]:
    """Yield rows about drawn women; nothing is rendered."""
    women = [draw_patient(setting.seed, n, setting.priors) for n in range(1, COHORT + 1)]
    breasts = [w.lesions_of(side) for w in women for side in Side]
    share = float(np.mean([any(lesion.uptake.enhancing for lesion in breast) for breast in breasts]))
    yield Row("views with enhancement", share, *ENHANCING, "", "CESM@UCBM, 36 % of images")
    density = [float(np.mean([w.volumetric_density for w in women])) * 100]
    yield Row("volumetric density, mean", density[0], 15.0, 20.0, "%", "Yaffe et al. 2009, Med. Phys. 36:5437")


def real_ranges() -> list[Record]:
    """Return the percentiles of real pairs."""
    return read_csv(Path(str(files("vcem.simulate") / "tables" / "realism.csv")), ("statistic", "pairs", "p05", "p95"))
