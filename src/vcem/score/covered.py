"""What a calibration covers, in a line or two for each kind of test images, with intervals by patient."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vcem.core.files import Row
from vcem.core.seeds import rng_for
from vcem.folders.calibration import REGIONS, read_coverage
from vcem.stats.intervals import UNKNOWN, Interval, draw_patients, mean_intervals

DRAWS = 1000
FACTORS = {"": "the breast's factor", "_wide": "the larger factor"}
CURVE = ("error_25", "error_50", "error_75", "error")
TOLD = {"invented": ("auc_invented", "auc_invented_iodine"), "missed": ("auc_missed", "auc_missed_iodine")}


def summary(folder: Path, seed: int = 0) -> Iterator[str]:
    """Yield lines: coverage and half-width of each region, the risk-coverage curve, AUCs of invented and missed iodine.

    Means over images, 95 % intervals by patient bootstrap.
    """
    rows = read_coverage(folder)
    for data in dict.fromkeys(row["data"] for row in rows):
        own = [row for row in rows if row["data"] == data]
        yield f"{data}: {len({row['pair'] for row in own})} test images"
        for region in REGIONS:
            of_region = [row for row in own if row["region"] == region]
            for ending, name in FACTORS.items():
                covered, width = means(of_region, (f"covered{ending}", f"width{ending}"), seed)
                yield f"  {region}, {name}: {_share(covered)} covered, half-width {_plain(width)}"
        yield from _curve(own, seed)


def _curve(rows: list[Row], seed: int) -> Iterator[str]:
    breast = [row for row in rows if row["region"] == REGIONS[0]]
    errors = means(breast, CURVE, seed)
    yield "  mean error of the surest 25, 50, 75, 100 % of the breast: " + ", ".join(
        f"{e.estimate:.4f}" for e in errors
    )
    for what, columns in TOLD.items():
        own, iodine = means(breast, columns, seed)
        if np.isfinite(own.estimate):
            yield f"  AUC for {what} iodine: {_plain(own)} of the uncertainty, {_plain(iodine)} of the predicted iodine"


def means(rows: list[Row], columns: tuple[str, ...], seed: int) -> list[Interval]:
    """Return the mean over images of some columns, each with its interval by patient; empty cells are left out."""
    names = {name: k for k, name in enumerate(sorted({row["patient"] for row in rows}))}
    if not rows:
        return [UNKNOWN] * len(columns)
    values = np.array([[float(row[c]) if row[c] else float("nan") for c in columns] for row in rows])
    weights = draw_patients(len(names), DRAWS, rng_for(seed, "coverage"))
    return mean_intervals(values, np.array([names[row["patient"]] for row in rows]), weights)


def _share(found: Interval) -> str:
    return f"{100 * found.estimate:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f})"


def _plain(found: Interval) -> str:
    return f"{found.estimate:.3f} ({found.low:.3f} to {found.high:.3f})"
