"""What every metric takes: images as float batches, checked; a mask, or none for the whole image.

Metrics are written against the array API, so that NumPy computes NumPy's arrays, and torch its tensors where they lie.
"""

from typing import Any, TypeAlias

import numpy as np
from array_api_compat import array_namespace, is_torch_array
from jaxtyping import Bool, Float

from vcem.core.errors import FailureError, UsageError

Array: TypeAlias = Any
"""A NumPy array or a torch tensor: torch need not be there."""
Image: TypeAlias = Array
"""Floating-point grey values, `h w`, `n h w` or `n 1 h w`."""
Region: TypeAlias = Array | None
"""Booleans of the same shape, or None for the whole image."""
Values: TypeAlias = Float[Array, " n"]
"""One float64 value per image."""
undefined = np.errstate(divide="ignore", invalid="ignore")
"""Put on a metric: 0 / 0 is NaN and 1 / 0 infinite, of which NumPy then says no more than torch does."""


@undefined
def as_batch(image: Image, name: str = "image") -> Float[Array, "n h w"]:
    """Return the images as `n h w` in float32, or in float64 if they came so; half precision is widened.

    Raises:
        UsageError: if they hold integers, whose differences would wrap around, or have another number of axes.
        FailureError: if a value is not finite.
    """
    [batch] = together(image)
    xp = array_namespace(batch)
    if not xp.isdtype(batch.dtype, "real floating"):
        raise UsageError(
            f"The {name} holds values of type {batch.dtype}, whose differences and squares wrap around.",
            "floating-point grey values, such as pixels / 255",
            "divide by the range of the pixels first",
        )
    batch = _three_axes(batch, name)
    if not xp.isfinite(xp.sum(batch, dtype=xp.float64)):  # one value that is not finite makes the sum so
        raise FailureError(f"The {name} holds values that are not finite.", "finite grey values")
    return batch if batch.dtype == xp.float64 else xp.astype(batch, xp.float32, copy=False)


def as_pair(
    y: Image, y_hat: Image, mask: Region = None
) -> tuple[Float[Array, "n h w"], Float[Array, "n h w"], Bool[Array, "n h w"] | None]:
    """Return truth, prediction and mask as batches of one shape and one precision.

    Raises:
        UsageError: if their shapes differ, or the mask of an image is empty.
    """
    y, y_hat, mask = together(y, y_hat, mask)
    truth, prediction = as_batch(y, "truth"), as_batch(y_hat, "prediction")
    _refuse_other_shape(prediction, truth, "prediction")
    xp = array_namespace(truth)
    precision = xp.result_type(truth, prediction)
    truth, prediction = (xp.astype(images, precision, copy=False) for images in (truth, prediction))
    return truth, prediction, _region(mask, truth)


def together(*arrays: Array) -> list[Array]:
    """Return NumPy arrays or, if any of these is a tensor, tensors on its device; None stays None."""
    first = next(filter(is_torch_array, arrays), np.empty(0))
    return [None if a is None else array_namespace(first).asarray(a, device=first.device) for a in arrays]


def mean_inside(values: Float[Array, "n h w"], region: Bool[Array, "n h w"] | None) -> Values:
    """Return the mean of each map over its region, added up in float64; NaN over an empty region."""
    h, w = values.shape[1:]
    return sum_inside(values, region) / (h * w if region is None else array_namespace(region).sum(region, axis=(1, 2)))


def sum_inside(values: Float[Array, "n h w"], region: Bool[Array, "n h w"] | None) -> Values:
    """Return the sum of each map over its region, added up in float64."""
    xp = array_namespace(values)
    return xp.sum(values if region is None else xp.where(region, values, 0), axis=(1, 2), dtype=xp.float64)


def spread_inside(images: Float[Array, "n h w"], region: Bool[Array, "n h w"] | None) -> Float[Array, " n"]:
    """Return the greatest minus the least value of each image over its region."""
    xp = array_namespace(images)
    low, high = (images if region is None else xp.where(region, images, sign * xp.inf) for sign in (1, -1))
    return xp.max(high, axis=(1, 2)) - xp.min(low, axis=(1, 2))


def window_centres(region: Bool[Array, "n h w"] | None, radius: int, step: int = 1) -> Bool[Array, "n i j"] | None:
    """Return the region at each `step`-th of the pixels whose window of this radius lies inside the image."""
    if region is None:
        return None
    return region[:, radius : region.shape[1] - radius : step, radius : region.shape[2] - radius : step]


def _three_axes(batch: Array, name: str) -> Array:
    if batch.ndim == 2:
        return batch[None]
    if batch.ndim == 4 and batch.shape[1] == 1:
        return batch[:, 0]
    if batch.ndim != 3:
        raise UsageError(f"The {name} has the shape {tuple(batch.shape)}.", "h w, n h w or n 1 h w, one channel")
    return batch


def _region(mask: Region, truth: Array) -> Region:
    if mask is None:
        return None
    xp = array_namespace(truth)
    region = xp.astype(_three_axes(mask, "mask"), xp.bool, copy=False)
    _refuse_other_shape(region, truth, "mask")
    if not xp.all(xp.any(region, axis=(1, 2))):
        raise UsageError("A mask is empty.", "at least one pixel of breast in every image")
    return region


def _refuse_other_shape(found: Array, truth: Array, name: str) -> None:
    if found.shape != truth.shape:
        raise UsageError(
            f"The {name} has {_size(found)}, the truth {_size(truth)}.", "images and masks of one size and number"
        )


def _size(batch: Array) -> str:
    n, h, w = batch.shape
    return f"{n} image(s) of {h} x {w}"
