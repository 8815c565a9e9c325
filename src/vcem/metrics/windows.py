"""Gaussian windows, applied without padding as products with banded matrices.

A window of k x k taps is two passes of k taps. With one channel a matrix product runs near the machine's peak where a
convolution does not, so each pass is a product with a band matrix, cut into tiles that skip most of its zeros.
"""

from functools import lru_cache
from types import ModuleType

import numpy as np
from array_api_compat import array_namespace
from jaxtyping import Bool, Float

from vcem.metrics.batch import Array

TILE = 40
"""Output pixels a tile: the wider, the more zeros are multiplied; the narrower, the more products are started."""


def window(taps: int, sigma_px: float) -> Float[np.ndarray, " taps"]:
    """Return one pass of a Gaussian window, summing to 1."""
    place = np.arange(taps) - (taps - 1) / 2
    weights = np.exp(-(place**2) / (2 * sigma_px**2))
    return weights / weights.sum()


def smooth_inside(
    images: Float[Array, "m h w"], region: Bool[Array, "n h w"] | None, taps: int, sigma_px: float, step: int = 1
) -> Float[Array, "m i j"]:
    """Return the windowed mean of the pixels inside the region alone: sum(w z) / sum(w) over them.

    Nothing outside the region counts, not even the edge between the two. `images` are m / n stacks of the same n
    places. Without a region it is `smooth`; where a window holds no pixel of the region the mean is 0.
    """
    if region is None:
        return smooth(images, taps, sigma_px, step)
    xp, times = array_namespace(images), (len(images) // len(region), 1, 1)
    weight = xp.maximum(smooth(xp.astype(region, images.dtype), taps, sigma_px, step), 1e-12)
    inside = xp.where(xp.tile(region, times), images, 0)
    return smooth(inside, taps, sigma_px, step) / xp.tile(weight, times)


def smooth(images: Float[Array, "n h w"], taps: int, sigma_px: float, step: int = 1) -> Float[Array, "n i j"]:
    """Return the Gaussian-weighted mean around every pixel whose window lies inside, keeping each `step`-th."""
    xp, weights = array_namespace(images), tuple(window(taps, sigma_px).tolist())
    columns, rows = (_tiles(images.shape[axis], weights, step, images) for axis in (2, 1))
    images = xp.concat([images[:, :, a : a + len(band)] @ band for a, band in columns], axis=2)
    return xp.concat([band.T @ images[:, a : a + len(band)] for a, band in rows], axis=1)


def _tiles(length: int, weights: tuple[float, ...], step: int, like: Array) -> list[tuple[int, Array]]:
    kind, out = (array_namespace(like), like.dtype, like.device), (length - len(weights)) // step + 1
    return [(a * step, _band(min(TILE, out - a), weights, step, *kind)) for a in range(0, out, TILE)]


@lru_cache
def _band(
    columns: int, weights: tuple[float, ...], step: int, xp: ModuleType, dtype: object, device: object
) -> Float[Array, "rows columns"]:
    band = np.zeros(((columns - 1) * step + len(weights), columns))
    for column in range(columns):
        band[column * step : column * step + len(weights), column] = weights
    return xp.asarray(band, dtype=dtype, device=device)
