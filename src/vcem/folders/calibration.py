"""The folder of `vcem calibrate`: by which factor a stated spread is widened to an interval, and how much that covers.

`factors.csv` has a row per fold and region: fold k's factor is calibrated without the patients whom fold k tests, that
of the fold EVERY with all validation patients, for images of others. `coverage.csv` has a row per tested image and
region. `heads/fold-00.safetensors` and so on are the quantile heads, where the spread comes from those.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from vcem.core.errors import UsageError
from vcem.core.files import Row, read_csv, read_manifest, refuse_changed, write_csv, write_manifest
from vcem.folders.run import name_of

KIND = "calibration"
MADE_BY = "vcem calibrate"
FACTORS, COVERAGE, HEADS = "factors.csv", "coverage.csv", "heads"
BREAST, LESION = "breast", "lesion"
REGIONS = (BREAST, LESION)
EVERY = -1
"""In the column fold: of no fold."""
INTERNAL = "internal"
COVERAGE_COLUMNS = ("data", "fold", "pair", "patient", "machine", "region", "pixels", "covered", "covered_wide",
                    "width", "width_wide", "error", "error_25", "error_50", "error_75", "auc_invented",
                    "auc_invented_iodine", "auc_missed", "auc_missed_iodine")  # fmt: skip


@dataclass(frozen=True)
class Factor:
    """A region's factor, by how many patients, the check sum of their sorted ids, their mean share outside with it."""

    fold: int
    region: str
    factor: float
    patients: int
    patients_digest: str
    outside: float


@dataclass(frozen=True)
class Calibration:
    """An opened folder; `facts` is its manifest."""

    folder: Path
    facts: dict[str, Any]
    factors: tuple[Factor, ...]

    def factor(self, region: str, fold: int = EVERY) -> float:
        """Return the factor of a region for a fold's test images, or for images of others."""
        return next(f.factor for f in self.factors if (f.region, f.fold) == (region, fold))

    @property
    def widest(self) -> float:
        """The larger of both factors: where lesions are is not known of a new image."""
        return max(self.factor(region) for region in REGIONS)


def head_of(folder: Path, fold: int) -> Path:
    """Return the file of a fold's quantile head."""
    return folder / HEADS / f"{name_of(fold)}.safetensors"


def write_calibration(
    folder: Path, factors: Iterable[Factor], coverage: Iterable[Mapping[str, Any]], facts: Mapping[str, Any]
) -> None:
    """Write tables and manifest, last."""
    write_csv(folder / FACTORS, [f.name for f in fields(Factor)], map(asdict, factors))
    write_csv(folder / COVERAGE, list(COVERAGE_COLUMNS), coverage)
    write_manifest(folder, KIND, facts)


def read_calibration(folder: Path) -> Calibration:
    """Open a calibration.

    Raises:
        UsageError: if the folder is none, or its table of factors lacks one for images of others.
        FailureError: if a file was changed.
    """
    manifest = read_manifest(folder, KIND, MADE_BY)
    refuse_changed(folder, manifest, MADE_BY)
    rows = read_csv(folder / FACTORS, [f.name for f in fields(Factor)])
    factors = tuple(_factor(row) for row in rows)
    if {f.region for f in factors if f.fold == EVERY} != set(REGIONS):
        raise UsageError(f"{folder / FACTORS} lacks a factor.", f"one of {' and '.join(REGIONS)}", f"run {MADE_BY}")
    return Calibration(folder, manifest, factors)


def read_coverage(folder: Path) -> list[Row]:
    """Return the rows of `coverage.csv`."""
    return read_csv(folder / COVERAGE, list(COVERAGE_COLUMNS))


def _factor(row: Row) -> Factor:
    return Factor(int(row["fold"]), row["region"], float(row["factor"]), int(row["patients"]), row["patients_digest"],
                  float(row["outside"]))  # fmt: skip
