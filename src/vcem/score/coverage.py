"""How much of breast and lesions a calibrated interval covers, image by image, and what its width is worth.

The interval of a pixel is [y_hat - factor x lower, y_hat + factor x upper], cut to [0, 1]; its width is half of that. A
pixel that rises in the prediction to SHOWS_MG_CM2 and in the truth not is *invented*, the other way round *missed*.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from vcem.core.arrays import Grey, Mask
from vcem.folders.calibration import BREAST, LESION
from vcem.folders.prepared import Store
from vcem.folders.truth import Facts, read_facts
from vcem.metrics.iodine import SHOWS_MG_CM2
from vcem.metrics.lesion import LEAST_AREA_PX
from vcem.score.spread import Stated
from vcem.stats.auc import auc
from vcem.stats.risk_control import half_width_of

Values = Float[np.ndarray, " n"]
KEPT = (0.25, 0.5, 0.75)
"""Shares of a region's pixels that are kept, the surest first (risk-coverage curve)."""
LEAST_KIND_PX = 5


def regions_of(store: Store, row: int) -> Iterator[tuple[str, Mask]]:
    """Yield breast and outlined lesions of an image, those that are large enough to measure.

    No ring around a lesion is taken into it: that is breast, which would fill its share.
    """
    mask = np.asarray(store.mask[row])
    for name, region in ((BREAST, mask), (LESION, mask & (np.asarray(store.lesion[row]) > 0))):
        if region.sum() >= LEAST_AREA_PX:
            yield name, region


def needed(y: Grey, stated: Stated, i: int, region: Mask) -> Values:
    """Return the factor that each pixel of a region needs for its interval to hold the truth."""
    error = (y - stated.y_hat[i])[region]
    factors: Values = np.where(error < 0, -error / stated.lower[i][region], error / stated.upper[i][region])
    return factors


def coverage_rows(store: Store, row: int, stated: Stated, i: int, factors: tuple[float, float]) -> list[dict[str, Any]]:
    """Return the cells of one image, a row of each region.

    Args:
        store: the prepared folder, and which row of it.
        row: of the image in it.
        stated: what was stated, and which image of it.
        i: of the image in it.
        factors: of the breast, and the larger one of breast and lesion.
    """
    pair, y = store.pairs[row], np.asarray(store.y[row])
    facts = read_facts(store.folder) if store.has_truth else None
    rows = []
    for region, inside in regions_of(store, row):
        own = needed(y, stated, i, inside)
        cells = {"pair": pair.pair, "patient": pair.patient, "machine": pair.machine, "region": region,
                 "pixels": int(inside.sum())}  # fmt: skip
        for factor, name in zip(factors, ("", "_wide"), strict=True):
            cells[f"covered{name}"] = float((own <= factor).mean())
            cells[f"width{name}"] = float(half_width(stated, i, factor)[inside].mean())
        rows.append(cells | _sorted_errors(y, stated, i, inside))
        if facts and region == BREAST:
            rows[-1] |= _told_apart(np.asarray(store.channel("iodine")[row]), facts, stated, i, inside)
    return rows


def half_width(stated: Stated, i: int, factor: float) -> Grey:
    """Return half the width of the interval that is left within [0, 1]."""
    return half_width_of(stated.y_hat[i], stated.lower[i], stated.upper[i], factor)


def _sorted_errors(y: Grey, stated: Stated, i: int, inside: Mask) -> dict[str, float]:
    """Return the mean absolute error of all pixels, and of the surest ones; equally sure ones share their error."""
    spreads, kind = np.unique((stated.lower[i] + stated.upper[i])[inside], return_inverse=True)
    errors = np.abs(y - stated.y_hat[i])[inside].astype(np.float64)
    errors = (np.bincount(kind, errors) / np.bincount(kind, minlength=len(spreads)))[kind]
    surest = np.argsort(kind, kind="stable")
    kept = {f"error_{share:.0%}".rstrip("%"): surest[: max(1, round(share * errors.size))] for share in KEPT}
    return {"error": float(errors.mean())} | {name: float(errors[best].mean()) for name, best in kept.items()}


def _told_apart(iodine: Grey, facts: Facts, stated: Stated, i: int, inside: Mask) -> dict[str, float]:
    """Return AUCs of the spread and of the predicted iodine itself, for what is invented and for what is missed."""
    drawn = facts.iodine(stated.y_hat[i])[inside]
    spread, truth = (stated.lower[i] + stated.upper[i])[inside], iodine[inside] >= SHOWS_MG_CM2
    shown = drawn >= SHOWS_MG_CM2
    sides = {"invented": (shown, ~truth, -drawn), "missed": (~shown, truth, drawn)}
    cells = {}
    for name, (among, wrong, itself) in sides.items():
        if _both(wrong[among]):
            cells[f"auc_{name}"] = auc(_float(spread[among]), wrong[among])
            cells[f"auc_{name}_iodine"] = auc(_float(itself[among]), wrong[among])
    return cells


def _both(kinds: Bool[np.ndarray, " n"]) -> bool:
    return min(int(kinds.sum()), int((~kinds).sum())) >= LEAST_KIND_PX


def _float(values: np.ndarray) -> Values:
    return values.astype(np.float64)
