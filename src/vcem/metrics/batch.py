"""What every metric takes: images as float batches, checked; a mask, or none for the whole image."""

from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vcem.core.errors import FailureError, UsageError

Image: TypeAlias = Tensor | np.ndarray
"""Floating-point grey values, `h w`, `n h w` or `n 1 h w`."""
Region: TypeAlias = Tensor | np.ndarray | None
"""Booleans of the same shape, or None for the whole image."""
Values: TypeAlias = Float[Tensor, " n"]
"""One float64 value per image."""


def as_batch(image: Image, name: str = "image") -> Float[Tensor, "n h w"]:
    """Return the images as `n h w` in float32, or in float64 if they came so; half precision is widened.

    Raises:
        UsageError: if they hold integers, whose differences would wrap around, or have another number of axes.
        FailureError: if a value is not finite.
    """
    batch = torch.as_tensor(image)
    if not batch.is_floating_point():
        raise UsageError(
            f"The {name} holds values of type {batch.dtype}, whose differences and squares wrap around.",
            "floating-point grey values, such as pixels / 255",
            "divide by the range of the pixels first",
        )
    batch = _three_axes(batch, name)
    if not torch.isfinite(batch.sum(dtype=torch.float64)):  # one value that is not finite makes the sum so
        raise FailureError(f"The {name} holds values that are not finite.", "finite grey values")
    return batch if batch.dtype == torch.float64 else batch.float()


def as_pair(
    y: Image, y_hat: Image, mask: Region = None
) -> tuple[Float[Tensor, "n h w"], Float[Tensor, "n h w"], Bool[Tensor, "n h w"] | None]:
    """Return truth, prediction and mask as batches of one shape and one precision.

    Raises:
        UsageError: if their shapes differ, or the mask of an image is empty.
    """
    truth, prediction = as_batch(y, "truth"), as_batch(y_hat, "prediction")
    _refuse_other_shape(prediction, truth, "prediction")
    precision = torch.promote_types(truth.dtype, prediction.dtype)
    return truth.to(precision), prediction.to(precision), _region(mask, truth)


def mean_inside(values: Float[Tensor, "n h w"], region: Bool[Tensor, "n h w"] | None) -> Values:
    """Return the mean of each map over its region, added up in float64; NaN over an empty region."""
    if region is None:
        return values.double().mean((1, 2))
    return sum_inside(values, region) / region.sum((1, 2))


def sum_inside(values: Float[Tensor, "n h w"], region: Bool[Tensor, "n h w"] | None) -> Values:
    """Return the sum of each map over its region, added up in float64."""
    inside = values if region is None else torch.where(region, values, 0)
    return inside.sum((1, 2), dtype=torch.float64)


def spread_inside(images: Float[Tensor, "n h w"], region: Bool[Tensor, "n h w"] | None) -> Float[Tensor, " n"]:
    """Return the greatest minus the least value of each image over its region."""
    if region is None:
        return images.amax((1, 2)) - images.amin((1, 2))
    outside = ~region
    return images.masked_fill(outside, -torch.inf).amax((1, 2)) - images.masked_fill(outside, torch.inf).amin((1, 2))


def window_centres(region: Bool[Tensor, "n h w"] | None, radius: int) -> Bool[Tensor, "n i j"] | None:
    """Return the region at the pixels whose window of this radius lies inside the image."""
    if region is None:
        return None
    return region[:, radius : region.shape[1] - radius, radius : region.shape[2] - radius]


def _three_axes(batch: Tensor, name: str) -> Tensor:
    if batch.ndim == 2:
        return batch[None]
    if batch.ndim == 4 and batch.shape[1] == 1:
        return batch[:, 0]
    if batch.ndim != 3:
        raise UsageError(f"The {name} has the shape {tuple(batch.shape)}.", "h w, n h w or n 1 h w, one channel")
    return batch


def _region(mask: Region, truth: Tensor) -> Tensor | None:
    if mask is None:
        return None
    region = _three_axes(torch.as_tensor(mask), "mask").bool()
    _refuse_other_shape(region, truth, "mask")
    if not region.any((1, 2)).all():
        raise UsageError("A mask is empty.", "at least one pixel of breast in every image")
    return region


def _refuse_other_shape(found: Tensor, truth: Tensor, name: str) -> None:
    if found.shape != truth.shape:
        raise UsageError(
            f"The {name} has {_size(found)}, the truth {_size(truth)}.", "images and masks of one size and number"
        )


def _size(batch: Tensor) -> str:
    n, h, w = batch.shape
    return f"{n} image(s) of {h} x {w}"
