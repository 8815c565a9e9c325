"""The empirical area under the ROC curve, what each case contributes to it, and its bootstrap over patients.

With x the scores of the m positive and y those of the n negative cases and psi(x, y) = 1, 1/2, 0 for x > y, x = y,
x < y, the area is the mean of psi over all pairs: the trapezoidal area, which is the Mann-Whitney statistic
(Bamber 1975; Hanley & McNeil 1982). 0.5 is chance. Scores stand in rows, one row per reader and treatment.

In the bootstrap every case of a patient is drawn as often as the patient (Obuchowski 1997's clustered ROC, by
resampling), and two scores of the same cases are resampled together, so that their difference is paired.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.stats import rankdata

from vcem.stats.intervals import MIN_PATIENTS, Interval, Weights, percentile

Rows = Float[np.ndarray, "q k"]
Areas = Float[np.ndarray, " q"]
Scores = Float[np.ndarray, " n"]
Kinds = Bool[np.ndarray, " n"]
Patients = Int[np.ndarray, " n"]
Shares = Float[np.ndarray, " n"]


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


def auc(scores: Scores, positive: Kinds) -> float:
    """Return the area of one row; NaN without cases of both kinds."""
    if positive.all() or not positive.any():
        return float("nan")
    return float(empirical_auc(scores[None], positive)[0])


def weighted_auc(scores: Scores, positive: Shares, negative: Shares) -> float:
    """Return the area where each score stands for a share of the positive and a share of the negative cases.

    NaN where either kind has no share.
    """
    pairs = positive.sum() * negative.sum()
    won = positive @ comparisons(scores[None], scores[None])[0] @ negative
    return float(won / pairs) if pairs > 0 else float("nan")


def auc_interval(scores: Scores, positive: Kinds, patients: Patients, weights: Weights) -> Interval:
    """Return the AUC with its patient-bootstrap percentile interval.

    Args:
        scores: one number per case; finite.
        positive: which cases are of the kind that should score higher.
        patients: number of each case's patient.
        weights: from `intervals.draw_patients`.
    """
    draws = auc_draws(scores, positive, patients, weights)
    return percentile(auc(scores, positive), draws, _enough(positive, patients))


def auc_difference(first: Scores, second: Scores, positive: Kinds, patients: Patients, weights: Weights) -> Interval:
    """Return AUC(first) - AUC(second) on the same cases with its paired interval."""
    draws = auc_draws(first, positive, patients, weights) - auc_draws(second, positive, patients, weights)
    return percentile(auc(first, positive) - auc(second, positive), draws, _enough(positive, patients))


def auc_draws(scores: Scores, positive: Kinds, patients: Patients, weights: Weights) -> Float[np.ndarray, " b"]:
    """Return the AUC of each resample; NaN where it holds one kind only.

    Wins are summed for each pair of patients first, so that a resample costs the square of the patients, not of the
    cases.
    """
    count = weights.shape[1]
    of_positive, of_negative = _belongs(patients[positive], count), _belongs(patients[~positive], count)
    psi = comparisons(scores[None, positive], scores[None, ~positive])[0]
    wins = of_positive.T @ psi @ of_negative
    pairs = (weights @ of_positive.sum(0)) * (weights @ of_negative.sum(0))
    won = ((weights @ wins) * weights).sum(1)
    return np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)


def _belongs(patients: Patients, count: int) -> Float[np.ndarray, "n p"]:
    return (patients[:, None] == np.arange(count)).astype(np.float64)


def _enough(positive: Kinds, patients: Patients) -> bool:
    return min(np.unique(patients[positive]).size, np.unique(patients[~positive]).size) >= MIN_PATIENTS
