"""The empirical area under the ROC curve, and what each case contributes to it.

With x the ratings of the m positive and y those of the n negative cases and psi(x, y) = 1, 1/2, 0 for x > y, x = y,
x < y, the area is the mean of psi over all pairs: the trapezoidal area, which is the Mann-Whitney statistic
(Bamber 1975; Hanley & McNeil 1982). Ratings stand in rows, one row a reader and treatment.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.stats import rankdata

Rows = Float[np.ndarray, "q k"]
Areas = Float[np.ndarray, " q"]


@dataclass(frozen=True)
class Placements:
    """Of each positive case the share of negative ones below it, and of each negative one the share of positive above.

    DeLong, DeLong & Clarke-Pearson (1988), V10 and V01; the mean of either is the area.
    """

    positive: Float[np.ndarray, "q m"]
    negative: Float[np.ndarray, "q n"]

    @property
    def areas(self) -> Areas:
        """The area of each row."""
        return self.positive.mean(1)


def placements(scores: Rows, truth: Bool[np.ndarray, " k"]) -> Placements:
    """Return placements from midranks: rank among all minus rank among one's own class (Sun & Xu 2014)."""
    x, y = scores[:, truth], scores[:, ~truth]
    ranks = rankdata(scores, axis=1)
    above = (ranks[:, truth] - rankdata(x, axis=1)) / y.shape[1]
    below = 1 - (ranks[:, ~truth] - rankdata(y, axis=1)) / x.shape[1]
    return Placements(above, below)


def empirical_auc(scores: Rows, truth: Bool[np.ndarray, " k"]) -> Areas:
    """Return the empirical area under the ROC curve of each row, ties counted half."""
    return placements(scores, truth).areas


def comparisons(x: Float[np.ndarray, "q a"], y: Float[np.ndarray, "q b"]) -> Float[np.ndarray, "q a b"]:
    """Return psi of every pair of a positive and a negative rating."""
    return 0.5 * (1 + np.sign(x[:, :, None] - y[:, None, :]))


def deleted_areas(
    scores: Rows, truth: Bool[np.ndarray, " k"], patients: Int[np.ndarray, " k"]
) -> Float[np.ndarray, "q p"]:
    """Return the areas with each patient's cases left out in turn, as the jackknife needs them.

    The sum of psi over all pairs loses the pairs of each case left out; pairs inside one patient are lost only once.
    """
    v = placements(scores, truth)
    m, n = v.positive.shape[1], v.negative.shape[1]
    owners, count = np.unique(patients, return_inverse=True)
    lost = _sums_by(v.positive, count[truth], owners.size) * n + _sums_by(v.negative, count[~truth], owners.size) * m
    for p in np.intersect1d(count[truth], count[~truth]):
        own = scores[:, count == p]
        lost[:, p] -= comparisons(own[:, truth[count == p]], own[:, ~truth[count == p]]).sum((1, 2))
    positive_left = m - np.bincount(count[truth], minlength=owners.size)
    negative_left = n - np.bincount(count[~truth], minlength=owners.size)
    return (v.areas[:, None] * m * n - lost) / (positive_left * negative_left)


def _sums_by(values: Float[np.ndarray, "q a"], owner: Int[np.ndarray, " a"], count: int) -> Float[np.ndarray, "q p"]:
    sums = np.zeros((values.shape[0], count))
    np.add.at(sums.T, owner, values.T)
    return sums
