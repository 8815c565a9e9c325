"""Gaussian windows, applied without padding as products with banded matrices.

A window of k x k taps is two passes of k taps. With one channel a matrix product runs near the machine's peak where a
convolution does not, so each pass is a product with a band matrix, cut into tiles that skip most of its zeros.
"""

from functools import lru_cache

import torch
from jaxtyping import Bool, Float
from torch import Tensor

TILE = 40
"""Output pixels a tile: the wider, the more zeros are multiplied; the narrower, the more products are started."""


def window(taps: int, sigma_px: float, like: Tensor) -> Float[Tensor, " taps"]:
    """Return one pass of a Gaussian window, summing to 1, in the precision and on the device of `like`."""
    place = torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2
    weights = torch.exp(-(place**2) / (2 * sigma_px**2))
    return (weights / weights.sum()).to(like)


def smooth_inside(
    images: Float[Tensor, "m h w"], region: Bool[Tensor, "n h w"] | None, taps: int, sigma_px: float, step: int = 1
) -> Float[Tensor, "m i j"]:
    """Return the windowed mean of the pixels inside the region alone: sum(w z) / sum(w) over them.

    Nothing outside the region counts, not even the edge between the two. `images` are m / n stacks of the same n
    places. Without a region it is `smooth`; where a window holds no pixel of the region the mean is 0.
    """
    if region is None:
        return smooth(images, taps, sigma_px, step)
    weight = smooth(region.to(images), taps, sigma_px, step).clamp(min=1e-12)
    times = len(images) // len(region)
    return smooth(torch.where(region.repeat(times, 1, 1), images, 0), taps, sigma_px, step) / weight.repeat(times, 1, 1)


def smooth(images: Float[Tensor, "n h w"], taps: int, sigma_px: float, step: int = 1) -> Float[Tensor, "n i j"]:
    """Return the Gaussian-weighted mean around every pixel whose window lies inside, keeping each `step`-th."""
    weights = tuple(window(taps, sigma_px, torch.empty(0, dtype=torch.float64)).tolist())
    across = [
        images[:, :, a : a + band.shape[1]] @ band.T for a, band in _tiles(images.shape[2], weights, step, images)
    ]
    images = torch.cat(across, 2)
    down = [band @ images[:, a : a + band.shape[1]] for a, band in _tiles(images.shape[1], weights, step, images)]
    return torch.cat(down, 1)


def _tiles(length: int, weights: tuple[float, ...], step: int, like: Tensor) -> list[tuple[int, Tensor]]:
    out = (length - len(weights)) // step + 1
    return [(a * step, _band(min(TILE, out - a), weights, step, like.dtype, like.device)) for a in range(0, out, TILE)]


@lru_cache
def _band(rows: int, weights: tuple[float, ...], step: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    band = torch.zeros(rows, (rows - 1) * step + len(weights), dtype=torch.float64)
    for row in range(rows):
        band[row, row * step : row * step + len(weights)] = torch.tensor(weights, dtype=torch.float64)
    return band.to(device, dtype)
