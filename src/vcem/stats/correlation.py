"""Correlation of two quantities over lesions, with patient-bootstrap intervals, every resample at once.

A resample is a row of weights: how often each lesion stands in it. Lesions without one of the two values are left out.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from vcem.stats.intervals import MIN_PATIENTS, UNKNOWN, Interval, Patients, Weights, percentile

Values = Float[np.ndarray, " n"]
Statistic = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
FLAT = 1e-6  # contrasts in [0, 1] that vary by less are float32 rounding, and a correlation with them would be noise


def pearson(a: Values, b: Values, patients: Patients, weights: Weights) -> Interval:
    """Return Pearson's r with its patient-bootstrap interval; NaN where one side does not vary."""
    return _bootstrapped(lambda a, b, w: _weighted_pearson(a[None], b[None], w), a, b, patients, weights)


def spearman(a: Values, b: Values, patients: Patients, weights: Weights) -> Interval:
    """Return Spearman's rho with its patient-bootstrap interval; each resample is ranked anew, ties at mid-rank."""
    return _bootstrapped(lambda a, b, w: _weighted_pearson(_ranks(a, w), _ranks(b, w), w), a, b, patients, weights)


def slope(a: Values, b: Values, patients: Patients, weights: Weights) -> Interval:
    """Return the least-squares slope of b over a with its patient-bootstrap interval; NaN where a does not vary."""
    return _bootstrapped(lambda a, b, w: _weighted_slope(a[None], b[None], w), a, b, patients, weights, may_lie_flat=b)


def _bootstrapped(
    statistic: Statistic, a: Values, b: Values, patients: Patients, weights: Weights, may_lie_flat: Values | None = None
) -> Interval:
    known = ~np.isnan(a) & ~np.isnan(b)
    if any(_flat(side[known]) for side in (a, b) if side is not may_lie_flat):
        return UNKNOWN
    a, b, patients = a[known], b[known], patients[known]
    estimate = statistic(a, b, np.ones((1, a.size)))
    return percentile(float(estimate[0]), statistic(a, b, weights[:, patients]), _enough(patients))


def _weighted_slope(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    share = weights / np.maximum(weights.sum(1, keepdims=True), 1)
    da = a - (share * a).sum(1, keepdims=True)
    variance = (share * da * da).sum(1)
    return np.divide((share * da * b).sum(1), variance, out=np.full_like(variance, np.nan), where=variance > FLAT**2)


def _flat(values: Values) -> bool:
    return values.size < 2 or bool(np.ptp(values) < FLAT)


def _enough(patients: Patients) -> bool:
    return bool(np.unique(patients).size >= MIN_PATIENTS)


def _weighted_pearson(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return r for each row of weights; `a` and `b` hold one row, or one for each resample."""
    share = weights / np.maximum(weights.sum(1, keepdims=True), 1)
    da = a - (share * a).sum(1, keepdims=True)
    db = b - (share * b).sum(1, keepdims=True)
    variance_a, variance_b = (share * da * da).sum(1), (share * db * db).sum(1)
    varies = (variance_a > FLAT**2) & (variance_b > FLAT**2)
    scale = np.sqrt(variance_a * variance_b)
    return np.divide((share * da * db).sum(1), scale, out=np.full_like(scale, np.nan), where=varies)


def _ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mid-rank of each value in each resample: all that lie below it, and half of its own repeats."""
    _, level = np.unique(values, return_inverse=True)
    order = np.argsort(level, kind="stable")
    starts = np.flatnonzero(np.diff(level[order], prepend=-1))
    own = np.add.reduceat(weights[:, order], starts, axis=1)
    rank = np.cumsum(own, axis=1) - own + (own + 1) / 2
    return np.asarray(rank[:, level])
