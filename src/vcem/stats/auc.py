"""How well a number tells two kinds of lesion apart: the area under the ROC curve, with the patient as the unit.

AUC = P(score of a positive > score of a negative) + half of P(equal), over all pairs of a positive and a negative
lesion (Hanley & McNeil 1982; the Mann-Whitney statistic). 0.5 is chance.

In the bootstrap every lesion of a patient is drawn as often as the patient (Obuchowski 1997's clustered ROC, by
resampling), and two scores of the same lesions are resampled together, so that their difference is paired.
"""

import numpy as np
from jaxtyping import Bool, Float, Int

from vcem.stats.intervals import MIN_PATIENTS, Interval, Weights, percentile

Scores = Float[np.ndarray, " n"]
Kinds = Bool[np.ndarray, " n"]
Patients = Int[np.ndarray, " n"]


def auc(scores: Scores, positive: Kinds) -> float:
    """Return the AUC; NaN without lesions of both kinds."""
    wins = _wins(scores, positive)
    return float(wins.mean()) if wins.size else float("nan")


def auc_interval(scores: Scores, positive: Kinds, patients: Patients, weights: Weights) -> Interval:
    """Return the AUC with its patient-bootstrap percentile interval.

    Args:
        scores: one number a lesion; finite.
        positive: which lesions are of the kind that should score higher.
        patients: number of each lesion's patient.
        weights: from `intervals.draw_patients`.
    """
    draws = auc_draws(scores, positive, patients, weights)
    return percentile(auc(scores, positive), draws, _enough(positive, patients))


def auc_difference(first: Scores, second: Scores, positive: Kinds, patients: Patients, weights: Weights) -> Interval:
    """Return AUC(first) - AUC(second) on the same lesions with its paired interval."""
    draws = auc_draws(first, positive, patients, weights) - auc_draws(second, positive, patients, weights)
    return percentile(auc(first, positive) - auc(second, positive), draws, _enough(positive, patients))


def auc_draws(scores: Scores, positive: Kinds, patients: Patients, weights: Weights) -> Float[np.ndarray, " b"]:
    """Return the AUC of each resample; NaN where it holds one kind only.

    Wins are summed for each pair of patients first, so that a resample costs the square of the patients, not of the
    lesions.
    """
    count = weights.shape[1]
    of_positive, of_negative = _belongs(patients[positive], count), _belongs(patients[~positive], count)
    wins = of_positive.T @ _wins(scores, positive) @ of_negative
    pairs = (weights @ of_positive.sum(0)) * (weights @ of_negative.sum(0))
    won = ((weights @ wins) * weights).sum(1)
    return np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)


def _wins(scores: Scores, positive: Kinds) -> Float[np.ndarray, "p q"]:
    """1 where the positive scores higher than the negative, 1/2 where they are equal."""
    difference = scores[positive][:, None] - scores[~positive][None]
    return (difference > 0) + 0.5 * (difference == 0)


def _belongs(patients: Patients, count: int) -> Float[np.ndarray, "n p"]:
    return (patients[:, None] == np.arange(count)).astype(np.float64)


def _enough(positive: Kinds, patients: Patients) -> bool:
    return min(np.unique(patients[positive]).size, np.unique(patients[~positive]).size) >= MIN_PATIENTS
