"""Twelve plain features of the grey values of a region, to tell whether images look alike as a crowd.

First-order ones, and those of Haralick's grey-level co-occurrence matrix (IEEE Trans. Syst. Man Cybern. 3, 610-621,
1973) of neighbours in four directions. They are not PyRadiomics' features, which ask for a compiler and SimpleITK:
numbers of other programs do not compare with them.
"""

import numpy as np
from jaxtyping import Float
from scipy import stats
from skimage.feature import graycomatrix

from vcem.core.arrays import Grey, Mask

FEATURES = (
    "mean", "sd", "skewness", "kurtosis", "p10", "p90", "entropy",
    "glcm_contrast", "glcm_homogeneity", "glcm_energy", "glcm_correlation", "glcm_entropy",
)  # fmt: skip
LEVELS = 32
"""Grey levels of histogram and co-occurrence on the fixed scale [0, 1]."""
DIRECTIONS = (0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)


def texture(grey: Grey, region: Mask) -> Float[np.ndarray, "12"]:
    """Return the features of a region; NaN all over where no two of its pixels are neighbours.

    Skewness, excess kurtosis and correlation of a flat region are 0; entropies are in nats.
    """
    rows, columns = (np.flatnonzero(region.any(axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    inside, z = region[box], grey[region].astype(np.float64)
    levels = np.where(inside, 1 + np.clip(grey[box] * LEVELS, 0, LEVELS - 1).astype(np.uint8), 0).astype(np.uint8)
    pairs = graycomatrix(levels, [1], DIRECTIONS, LEVELS + 1, symmetric=True)[1:, 1:, 0].sum(2).astype(np.float64)
    if not pairs.sum():
        return np.full(len(FEATURES), np.nan)
    shares = np.bincount(levels[inside], minlength=LEVELS + 1) / inside.sum()
    return np.array([*_first_order(z), _entropy(shares), *_co_occurrence(pairs / pairs.sum())])


def _first_order(z: Float[np.ndarray, " n"]) -> list[float]:
    flat = np.ptp(z) < 1e-6
    shape = [0.0, 0.0] if flat else [float(stats.skew(z)), float(stats.kurtosis(z))]
    return [float(z.mean()), float(z.std()), *shape, *map(float, np.quantile(z, [0.1, 0.9]))]


def _co_occurrence(p: Float[np.ndarray, "g g"]) -> list[float]:
    i, j = np.mgrid[: len(p), : len(p)]
    mean = (p * i).sum()
    variance = (p * (i - mean) ** 2).sum()
    correlation = (p * (i - mean) * (j - mean)).sum() / variance if variance > 0 else 0.0
    squares = (i - j) ** 2
    return [float((p * squares).sum()), float((p / (1 + squares)).sum()), float(np.sqrt((p**2).sum())),
            float(correlation), _entropy(p)]  # fmt: skip


def _entropy(p: np.ndarray) -> float:
    some = p[p > 0]
    return float(-(some * np.log(some)).sum())
