"""Which variant of each metric a protocol means, and where it is computed."""

from collections.abc import Callable
from contextlib import nullcontext, suppress

from array_api_compat import array_namespace, is_torch_array

from vcem.core.errors import FailureError, UsageError
from vcem.core.terms import Protocol
from vcem.metrics.batch import Image, Region, Values, together
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


def scores_of(y: Image, y_hat: Image, mask: Region, variant: str, device: str = "cpu") -> dict[str, Values]:
    """Return the values of every metric by its columns: over the whole image and, with a mask, inside it.

    Images are `h w` or `n h w`; metrics that they are too small for are left out. NumPy computes arrays, torch tensors.
    On a GPU, if `device` says so, vcem's own metrics compute by torch; those from outside get what was given.

    Raises:
        UsageError: if there is no such device.
        FailureError: if a metric does not give one value an image.
    """
    if y.ndim == 2:
        y, y_hat, mask = y[None], y_hat[None], None if mask is None else mask[None]
    regions = {Area.WHOLE: None} if mask is None else {Area.WHOLE: None, Area.BREAST: mask}
    fitting = {name: m for name, m in METRICS.items() if min(y.shape[-2:]) >= m.smallest}
    return {
        f"{name}{area}": _one_each(f"{name}{area}", metric.of(variant)(put(y), put(y_hat), put(region)), y)
        for name, metric in fitting.items()
        for put in [_placing(device if METRICS.is_own(name) else "cpu")]
        for area, region in regions.items()
        if area in metric.areas
    }


def _placing(device: str) -> Callable[[Region], Region]:
    """Return what puts an array where metrics compute: on a GPU as a tensor; elsewhere it stays what it is."""
    with suppress(ImportError) if device == "auto" else nullcontext():
        if device != "cpu":
            import torch

            from vcem.train.device import device_of

            if (place := device_of(device)).type != "cpu":
                return lambda array: None if array is None else torch.as_tensor(array, device=place)
    return lambda array: array


def _one_each(column: str, values: object, images: Image) -> Values:
    """Return values that belong to images, as an array of their kind."""
    if is_torch_array(values) and not is_torch_array(images):
        values = values.cpu().numpy()
    each = together(images, values)[1]
    if tuple(each.shape) != (len(images),):
        raise FailureError(f"{column} has the shape {tuple(each.shape)}.", f"{len(images)} value(s), one an image")
    xp = array_namespace(each)
    return xp.astype(each, xp.float64, copy=False)
