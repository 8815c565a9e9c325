"""An independent check of the registration: outlines that radiologists copied from LE to DES.

Most outlines of CDD-CESM were drawn on one image of a pair, copied to the other and dragged into place as a whole.
All points of such a copy share one offset, which is where a human eye saw the same tissue. It is never used to
register; it only tells how far the registration and the radiologist differ.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from vcem.core.files import write_csv
from vcem.folders.catalogue import Outline, Pair
from vcem.ingest.reading import Reading

SHARE = 0.9  # part of a copy's points that must share the offset
TOLERANCE_PX = 2.0  # of the original image: VIA rounds points to whole pixels
FEWEST_POINTS = 4

Points = Float[np.ndarray, "n 2"]


@dataclass(frozen=True)
class OutlineOffset:
    """How far the copies in DES lie from their originals in LE, pixels of the given LE image."""

    dx_px: float
    dy_px: float
    copies: int


@dataclass(frozen=True)
class Check:
    """One row of `registration.csv`: what was found for one pair, and how far the radiologist's copies disagree.

    `disagreement_original_px` is in pixels of the images on which the outlines were drawn.
    """

    pair: str
    dx_px: float | None
    dy_px: float | None
    quality: float
    le_width: int
    le_height: int
    des_width: int
    des_height: int
    outline_dx_px: float | None = None
    outline_dy_px: float | None = None
    copies: int = 0
    disagreement_px: float | None = None
    disagreement_original_px: float | None = None

    def against(self, outlines: OutlineOffset | None, scale: float) -> "Check":
        """Return the row with the check added; `scale` is given pixels a pixel of the original."""
        if outlines is None:
            return self
        row = replace(self, outline_dx_px=outlines.dx_px, outline_dy_px=outlines.dy_px, copies=outlines.copies)
        if self.dx_px is None or self.dy_px is None:
            return row
        apart = math.hypot(self.dx_px - outlines.dx_px, self.dy_px - outlines.dy_px)
        return replace(row, disagreement_px=apart, disagreement_original_px=apart / scale)


@dataclass(frozen=True)
class Summary:
    """Distances between registration and copied outlines over many pairs, in pixels of the original images."""

    pairs: int
    median: float
    p90: float


def check_of(pair: Pair, reading: Reading) -> Check:
    """Return what was found for a pair before any outline is looked at."""
    sizes = (reading.le.width, reading.le.height, reading.des.width, reading.des.height)
    return Check(pair.pair, pair.dx_px, pair.dy_px, round(reading.registration.quality, 4), *sizes)


def write_checks(path: Path, checks: Iterable[Check]) -> None:
    """Write `registration.csv`."""
    write_csv(path, [f.name for f in fields(Check)], map(asdict, checks))


def summarise(checks: Iterable[Check]) -> Summary | None:
    """Return number, median and 90th percentile of the disagreements; None if no pair has one."""
    distances = [c.disagreement_original_px for c in checks if c.disagreement_original_px is not None]
    if not distances:
        return None
    median, p90 = np.percentile(distances, [50, 90])
    return Summary(len(distances), float(median), float(p90))


def outline_offset(
    le: Iterable[Outline], des: Sequence[Outline], scale: float, des_per_le: float
) -> OutlineOffset | None:
    """Return the median offset over the points of all copied outlines of one pair, or None where there is no copy.

    A copy at exactly the coordinates of its original was not dragged into place (the images were cropped apart by
    hand) and says nothing; it is left out.

    Args:
        le: outlines on LE.
        des: outlines on DES.
        scale: pixels of the given LE image a pixel of the original.
        des_per_le: pixels of DES a pixel of LE.
    """
    offsets = [found for outline in le if (found := _copied(outline, des, scale, des_per_le)) is not None]
    moved = [offset for offset in offsets if np.abs(np.median(offset, 0)).max() > 1e-6]
    if not moved:
        return None
    dx, dy = np.median(np.concatenate(moved), 0)
    return OutlineOffset(float(dx), float(dy), len(moved))


def _copied(outline: Outline, others: Sequence[Outline], scale: float, des_per_le: float) -> Points | None:
    """Return the point offsets to the best copy of the outline among the others."""
    twins = [o for o in others if (o.shape, len(o.points)) == (outline.shape, len(outline.points))]
    if outline.shape not in ("polygon", "polyline") or len(outline.points) < FEWEST_POINTS or not twins:
        return None
    offsets = [np.array(twin.points) / des_per_le - np.array(outline.points) for twin in twins]
    shares = [_share(offset, scale) for offset in offsets]
    best = int(np.argmax(shares))
    return offsets[best] if shares[best] >= SHARE else None


def _share(offset: Points, scale: float) -> float:
    apart = np.abs(offset - np.median(offset, 0)).max(1)
    return float((apart <= TOLERANCE_PX * scale).mean())
