"""How far two crowds of feature vectors lie apart, taken for Gaussians (Dowson & Landau 1982; Heusel et al. 2017).

d² = |m - m'|² + tr(S + S' - 2 (S S')^(1/2)), m the means and S the covariances. Few vectors make it too large, by about
the same amount for equal numbers: a distance says something only beside that of two halves of one crowd.
"""

import numpy as np
from jaxtyping import Bool, Float

Vectors = Float[np.ndarray, "n k"]
ENOUGH = 2
"""Vectors for each feature below which a covariance is mostly chance, and no distance is given."""


def frechet(first: Vectors, second: Float[np.ndarray, "m k"]) -> float:
    """Return d², 0 or more; NaN with fewer than twice as many vectors as features on either side.

    The trace of (S S')^(1/2) is the sum of the roots of the eigenvalues of S^(1/2) S' S^(1/2), which is symmetric.
    """
    if min(len(first), len(second)) < ENOUGH * first.shape[1]:
        return float("nan")
    apart = first.mean(0) - second.mean(0)
    one, other = np.cov(first.T), np.cov(second.T)
    values, axes = np.linalg.eigh(one)
    root = (axes * np.sqrt(values.clip(0))) @ axes.T
    common = np.sqrt(np.linalg.eigvalsh(root @ other @ root).clip(0)).sum()
    return max(0.0, float(apart @ apart + np.trace(one) + np.trace(other) - 2 * common))


def standardised(vectors: Vectors, by: Float[np.ndarray, "m k"]) -> Vectors:
    """Return the vectors in standard deviations of others from their mean; a feature without spread keeps its unit."""
    spread = by.std(0)
    return (vectors - by.mean(0)) / np.where(spread > 0, spread, 1)


def halves_apart(first: Vectors, second: Vectors, halves: Bool[np.ndarray, "b n"]) -> float:
    """Return the mean d² of one half's first vectors and the other half's second ones, over many halvings.

    Args:
        first: of each image or lesion.
        second: of the same ones in the same order; `first` itself gives what chance alone keeps apart.
        halves: for each halving, which of them are in one half; a patient's should be in one.
    """
    return float(np.mean([frechet(first[half], second[~half]) for half in halves]))
