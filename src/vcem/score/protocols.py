"""Which variant of each metric a protocol means."""

import torch

from vcem.core.errors import FailureError, UsageError
from vcem.core.terms import Protocol
from vcem.metrics.batch import Image, Region, Values
from vcem.metrics.table import METRICS, Area


def variant_of(protocol: Protocol, half: bool = False) -> str:
    """Return the name of a protocol's variants; `half` is SSIM in half precision, for the paper's only.

    Raises:
        UsageError: if half precision is asked for outside the paper's protocol.
    """
    if half and protocol is not Protocol.PAPER:
        raise UsageError(
            "Half precision hides faint errors.", "single precision", "use --half with --protocol paper only"
        )
    return f"{protocol}-half" if half else str(protocol)


def scores_of(y: Image, y_hat: Image, mask: Region, variant: str) -> dict[str, Values]:
    """Return the values of every metric by its columns: over the whole image and, with a mask, inside it.

    Images are `h w` or `n h w`; metrics that they are too small for are left out.

    Raises:
        FailureError: if a metric does not give one value an image.
    """
    if y.ndim == 2:
        y, y_hat, mask = y[None], y_hat[None], None if mask is None else mask[None]
    regions = {Area.WHOLE: None} if mask is None else {Area.WHOLE: None, Area.BREAST: mask}
    fitting = {name: m for name, m in METRICS.items() if min(y.shape[-2:]) >= m.smallest}
    return {
        f"{name}{area}": _one_each(f"{name}{area}", metric.of(variant)(y, y_hat, region), len(y))
        for name, metric in fitting.items()
        for area, region in regions.items()
        if area in metric.areas
    }


def _one_each(column: str, values: object, images: int) -> Values:
    each = torch.as_tensor(values)
    if each.shape != (images,):
        raise FailureError(f"{column} has the shape {tuple(each.shape)}.", f"{images} value(s), one an image")
    return each.double()
