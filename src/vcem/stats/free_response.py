"""Lesions found at a given number of false places per image, with the patient as the unit.

A method's marks are sorted by rating. At a threshold, a lesion is found if its highest mark is above it, and every
false mark above it counts (free-response ROC: Bunch et al. 1978, SPIE 127). Methods whose images differ in contrast are
compared at equal false places, not at one threshold. In the bootstrap a patient's lesions, images and marks are drawn
together, and each resample finds its own threshold.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from vcem.stats.intervals import MIN_PATIENTS, Interval, Weights, percentile

Draws = Float[np.ndarray, " b"]
AT_ONCE = 1000  # resamples: each holds a number for every false mark


@dataclass(frozen=True)
class Marks:
    """One method's marks on many images.

    Args:
        false: ratings of false marks, and `false_patients` the number of each one's patient.
        best: highest rating of each lesion, -inf where no mark finds it, and `lesion_patients` likewise.
        images: number of images of each patient.
    """

    false: Float[np.ndarray, " f"]
    false_patients: Int[np.ndarray, " f"]
    best: Float[np.ndarray, " n"]
    lesion_patients: Int[np.ndarray, " n"]
    images: Float[np.ndarray, " p"]

    @property
    def enough(self) -> bool:
        """Whether an interval can be given."""
        return bool(np.unique(self.lesion_patients).size >= MIN_PATIENTS)


def found_at(marks: Marks, rate: float, weights: Weights) -> Draws:
    """Return the share of lesions found with at most `rate` false places per image, for each resample.

    NaN where a resample has no lesion.
    """
    return np.concatenate([_found_at(marks, rate, some) for some in _some(weights)])


def found_interval(marks: Marks, rate: float, weights: Weights) -> Interval:
    """Return that share with its patient-bootstrap percentile interval."""
    return percentile(_whole(marks, rate), found_at(marks, rate, weights), marks.enough)


def found_difference(first: Marks, second: Marks, rate: float, weights: Weights) -> tuple[Interval, float]:
    """Return how much more of the same lesions the first finds, with its paired interval and two-sided p.

    p is twice the smaller share of resamples on either side of zero (Efron & Tibshirani 1993, chapter 15), ties and
    the estimate itself counted, so that it is never 0.
    """
    draws = found_at(first, rate, weights) - found_at(second, rate, weights)
    interval = percentile(_whole(first, rate) - _whole(second, rate), draws, first.enough)
    known = draws[~np.isnan(draws)]
    if not first.enough or not known.size:
        return interval, float("nan")
    side = min((known <= 0).sum(), (known >= 0).sum())
    return interval, float(min(1.0, 2 * (1 + side) / (1 + known.size)))


def curve(marks: Marks) -> tuple[Float[np.ndarray, " t"], Float[np.ndarray, " t"]]:
    """Return false places per image and share of lesions found at every threshold, from the strictest on."""
    cuts = np.concatenate([[np.inf], np.unique(marks.false)[::-1], [-np.inf]])
    images = max(float(marks.images.sum()), 1.0)
    false = np.array([(marks.false >= cut).sum() if np.isfinite(cut) else marks.false.size * (cut < 0) for cut in cuts])
    found = np.array([np.isfinite(marks.best[marks.best > _below(marks.false, cut)]).sum() for cut in cuts])
    return false / images, found / max(marks.best.size, 1)


def _below(false: Float[np.ndarray, " f"], cut: float) -> float:
    """Return the highest false rating below a cut: lesions above it are found without a further false place."""
    lower = false[false < cut]
    return float(lower.max()) if lower.size else float("-inf")


def _whole(marks: Marks, rate: float) -> float:
    return float(_found_at(marks, rate, np.ones((1, marks.images.size)))[0])


def _some(weights: Weights) -> Iterator[Weights]:
    for start in range(0, len(weights), AT_ONCE):
        yield weights[start : start + AT_ONCE]


def _found_at(marks: Marks, rate: float, weights: Weights) -> Draws:
    order = np.argsort(-marks.false, kind="stable")
    ratings = np.append(marks.false[order], -np.inf)
    places = np.cumsum(weights[:, marks.false_patients[order]], axis=1)
    allowed = rate * (weights @ marks.images)
    first_too_many = (places <= allowed[:, None] + 1e-9).sum(axis=1)
    threshold = ratings[first_too_many]
    lesions = np.argsort(-marks.best, kind="stable")
    owned = np.cumsum(weights[:, marks.lesion_patients[lesions]], axis=1)
    found = np.searchsorted(-marks.best[lesions], -threshold, side="left")
    total = owned[:, -1] if owned.shape[1] else np.zeros(len(weights))
    share = np.where(found > 0, np.take_along_axis(np.pad(owned, ((0, 0), (1, 0))), found[:, None], 1)[:, 0], 0.0)
    return np.divide(share, total, out=np.full(len(weights), np.nan), where=total > 0)
