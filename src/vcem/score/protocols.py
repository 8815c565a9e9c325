"""Which variant of each metric a protocol means."""

from collections.abc import Callable
from functools import partial

from vcem.core.errors import UsageError
from vcem.core.grid import Size
from vcem.core.terms import Protocol
from vcem.metrics.batch import Image, Region, Values
from vcem.metrics.error import mse, psnr
from vcem.metrics.paper import psnr_over_own_maximum, ssim_over_own_range
from vcem.metrics.ssim import ssim
from vcem.metrics.vif import SMALLEST, vif

Metric = Callable[[Image, Image, Region], Values]


def metrics_of(protocol: Protocol, size: Size, half: bool = False) -> dict[str, Metric]:
    """Return the metrics of a protocol by their column; `half` is SSIM in half precision, for the paper's only.

    VIF is left out for images smaller than its four scales need.

    Raises:
        UsageError: if half precision is asked for outside the paper's protocol.
    """
    if half and protocol is not Protocol.PAPER:
        raise UsageError(
            "Half precision hides faint errors.", "single precision", "use --half with --protocol paper only"
        )
    if protocol is Protocol.STRICT:
        chosen: dict[str, Metric] = {"mse": mse, "psnr": psnr, "ssim": ssim, "vif": vif}
    else:
        half_or_single = partial(ssim_over_own_range, half=half)
        chosen = {"mse": mse, "psnr": psnr_over_own_maximum, "ssim": half_or_single, "vif": vif}
    return chosen if min(size) >= SMALLEST else {name: metric for name, metric in chosen.items() if name != "vif"}
