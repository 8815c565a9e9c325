"""Any two images scored: another program's virtual DES image against the truth."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from vcem.core.errors import UsageError
from vcem.core.terms import Protocol
from vcem.core.threads import one_thread
from vcem.metrics.batch import Image, Region, Values
from vcem.metrics.ssim import TAPS
from vcem.metrics.table import METRICS, Area
from vcem.score.pixels import read_mask, read_pixels, same_size
from vcem.score.protocols import scores_of, variant_of


@dataclass(frozen=True)
class Comparison:
    """Scores of one image; a score is None where it is not finite or the image too small for it."""

    truth_scale: str
    prediction_scale: str
    protocol: str
    whole: dict[str, float | None]
    breast: dict[str, float | None] | None
    identical: bool


@one_thread()
def compare(
    truth: Path,
    prediction: Path,
    mask: Path | None = None,
    protocol: Protocol = Protocol.STRICT,
    half: bool = False,
    data_range: float | None = None,
) -> Comparison:
    """Score a prediction against a truth, over the whole image, and inside the mask if there is one.

    No mask is guessed from the images: what counts as breast would then depend on what is scored.

    Raises:
        UsageError: if sizes differ, the images are smaller than the SSIM window, or a range is missing.
        FailureError: if a file is damaged or no image.
    """
    if data_range is not None and not (data_range > 0 and isfinite(data_range)):
        raise UsageError(f"--data-range {data_range:g} is not a range.", "a number above 0")
    read, read_hat = read_pixels(truth, data_range), read_pixels(prediction, data_range)
    y, y_hat = read.rounded_as(read_hat), read_hat.rounded_as(read)
    same_size(y, y_hat)
    if min(y.shape) < TAPS:
        raise UsageError(f"The images are {y.shape[0]} x {y.shape[1]} pixels.", f"at least {TAPS} x {TAPS}")
    variant = variant_of(protocol, half)
    region = None if mask is None else read_mask(mask, y.shape)
    found = {column: _finite(values) for column, values in scores_of(y, y_hat, region, variant).items()}
    whole, breast = ({name: found[name + area] for name in METRICS if name + area in found} for area in Area)
    return Comparison(read.scale, read_hat.scale, variant, whole, breast or None, bool(np.array_equal(y, y_hat)))


def score_arrays(
    y: Image, y_hat: Image, mask: Region | None = None, protocol: Protocol = Protocol.STRICT
) -> dict[str, Values]:
    """Score arrays: every metric of the table, over the whole image and, with a mask, inside it (`_breast`).

    Args:
        y: true DES image `h w`, or images `n h w`, floats in [0, 1], as a NumPy array or a torch tensor.
        y_hat: virtual DES of the same shape.
        mask: of the breast, bool, of the same shape.
        protocol: variants of the metrics.

    Returns:
        one value per image for each column of `scores.csv` that a metric fills, of the same kind.

    Raises:
        UsageError: if shapes or types do not fit, or the images are too small.
    """
    return scores_of(y, y_hat, mask, variant_of(protocol))


def _finite(values: Values) -> float | None:
    value = float(values[0])
    return value if isfinite(value) else None


def lines(found: Comparison) -> list[str]:
    """Return the comparison as lines for a reader."""
    scales = f"truth {found.truth_scale}, prediction {found.prediction_scale}; grey range 1, protocol {found.protocol}"
    inside = (
        "inside the mask: " + _scores(found.breast) if found.breast else "inside the breast: not scored, no mask given"
    )
    same = ["the two images are identical"] if found.identical else []
    return [scales, "whole image: " + _scores(found.whole), inside, *same]


def _scores(values: dict[str, float | None]) -> str:
    return ", ".join(f"{name} {'undefined' if v is None else f'{v:.6g}'}" for name, v in values.items())
