"""Scatter that reaches the detector through the grid, and its estimate from an image.

Each pixel sends scatter into its surroundings: primary signal x amplitude x thickness / 50 mm, spread by two Gaussians.
Amplitudes behind the grid follow Carton et al. 2009 (0.06 at 20 mm to 0.31 at 80 mm for the high-energy beam); widths
are from a Monte Carlo run of slabs (half of the scatter within 2.0 to 4.6 cm). Sums are taken on blocks of a few
millimetres and evaluated at every pixel centre, so the result is smooth whatever the grid.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float32

from vcem.core.errors import UsageError

Signal = Float32[np.ndarray, "h w"]
Blocks = Float32[np.ndarray, "a b"]
Spread = Float32[np.ndarray, "pixels blocks"]

BLOCK_MM = 4.0
BLOCKS_IN_SIGMA = 4
ROUNDS = 4
REFERENCE_MM = 50.0


@dataclass(frozen=True)
class Scatter:
    """Two Gaussians, and the scatter-to-primary ratios behind the grid under a wide slab of 50 mm."""

    near_mm: float = 22.0
    far_mm: float = 55.0
    near_share: float = 0.7
    le_at_50_mm: float = 0.13
    he_at_50_mm: float = 0.16

    def __post_init__(self) -> None:
        if min(self.near_mm, self.far_mm) < BLOCK_MM or not 0 <= self.near_share <= 1:
            raise UsageError(
                f"Scatter of {self.near_mm} and {self.far_mm} mm, share {self.near_share}, is impossible.",
                f"widths of at least {BLOCK_MM} mm and a share between 0 and 1",
            )
        if not (0 <= self.le_at_50_mm < 1 and 0 <= self.he_at_50_mm < 1):
            raise UsageError("The scatter-to-primary ratio behind the grid is impossible.", "0 to below 1")


def block_means(image: Signal, size: int) -> Blocks:
    """Average blocks of size x size pixels; blocks at the lower and right edge may be smaller."""
    rows, columns = (np.arange(0, n, size) for n in image.shape)
    sums = np.add.reduceat(np.add.reduceat(image, rows, axis=0), columns, axis=1)
    heights, widths = (np.diff(np.append(starts, n)) for starts, n in zip((rows, columns), image.shape, strict=True))
    return (sums / (heights[:, None] * widths)).astype(np.float32)


@lru_cache(maxsize=64)  # one view asks for each some ten times
def gaussian_rows(pixels: int, size: int, sigma_px: float) -> Spread:
    """Return what each block gives to each pixel along one axis; beyond the field the image is mirrored."""
    starts = np.arange(0, pixels, size)
    lengths = np.diff(np.append(starts, pixels))
    centres = starts + (lengths - 1) / 2
    at = np.arange(pixels)[:, None]
    mirrored = (centres, -1 - centres, 2 * pixels - 1 - centres)
    weights = sum(np.exp(-0.5 * ((at - c) / sigma_px) ** 2) for c in mirrored) * lengths
    found = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    found.flags.writeable = False  # shared by all who ask
    return found


def spread(source: Signal, spacing_mm: float, sigma_mm: float) -> Signal:
    """Blur an image with a Gaussian; it is mirrored beyond its border."""
    size = max(1, round(min(BLOCK_MM, sigma_mm / BLOCKS_IN_SIGMA) / spacing_mm))
    blocks = block_means(source, size)
    rows, columns = (gaussian_rows(n, size, sigma_mm / spacing_mm) for n in source.shape)
    return rows @ (blocks @ columns.T)


def spread_inside(image: Signal, inside: Signal, spacing_mm: float, sigma_mm: float) -> Signal:
    """Blur what lies where `inside` is 1; pixels where it is 0 do not count."""
    weight = np.maximum(spread(inside, spacing_mm, sigma_mm), 1e-3)
    return spread(image * inside, spacing_mm, sigma_mm) / weight


def scattered(primary: Signal, thickness_mm: Signal, spacing_mm: float, scatter: Scatter, at_50_mm: float) -> Signal:
    """Return the scatter that a primary signal under a breast brings with it."""
    size = _block(spacing_mm)
    return _at_pixels(block_means(_source(primary, thickness_mm, at_50_mm), size), primary.shape, scatter, spacing_mm)


def estimate(signal: Signal, thickness_mm: Signal, spacing_mm: float, scatter: Scatter, at_50_mm: float) -> Signal:
    """Return the scatter in an image of primary and scatter, by rounds of taking off what the rest would bring.

    The rounds run on blocks of the image, as scatter is smooth.
    """
    size = _block(spacing_mm)
    blocks, thickness = block_means(signal, size), block_means(thickness_mm, size)
    found = np.zeros_like(blocks)
    for _ in range(ROUNDS):
        found = scattered(blocks - found, thickness, spacing_mm * size, scatter, at_50_mm)
    return _at_pixels(_source(blocks - found, thickness, at_50_mm), signal.shape, scatter, spacing_mm)


def _block(spacing_mm: float) -> int:
    return max(1, round(BLOCK_MM / spacing_mm))


def _source(primary: Signal, thickness_mm: Signal, at_50_mm: float) -> Signal:
    return primary * thickness_mm * np.float32(at_50_mm / REFERENCE_MM)


def _at_pixels(source: Blocks, shape: tuple[int, ...], scatter: Scatter, spacing_mm: float) -> Signal:
    total = np.zeros(shape, np.float32)
    for sigma_mm, share in ((scatter.near_mm, scatter.near_share), (scatter.far_mm, 1 - scatter.near_share)):
        rows, columns = (gaussian_rows(n, _block(spacing_mm), sigma_mm / spacing_mm) for n in shape)
        total += rows @ (source @ (np.float32(share) * columns).T)
    return total
