"""How the areas of all readers and treatments vary together with the cases: one matrix, estimated in three ways."""

from enum import StrEnum

import numpy as np
from jaxtyping import Bool, Float, Int

from vcem.core.errors import UsageError
from vcem.stats.auc import Rows, comparisons, deleted_areas, placements

Matrix = Float[np.ndarray, "q q"]


class Covariance(StrEnum):
    """The ways to estimate it."""

    JACKKNIFE = "jackknife"
    DELONG = "delong"
    UNBIASED = "unbiased"


def covariance(
    scores: Rows, truth: Bool[np.ndarray, " k"], patients: Int[np.ndarray, " k"], method: Covariance
) -> Matrix:
    """Return the covariance matrix of the empirical areas of all rows over repeated samples of patients.

    Raises:
        UsageError: if the unbiased estimate is asked for while patients have several cases.
    """
    if method is Covariance.JACKKNIFE:
        return jackknife(scores, truth, patients)
    if method is Covariance.DELONG:
        return delong(scores, truth, patients)
    if np.unique(patients).size < patients.size:
        raise UsageError(
            "Some patients have several cases; the unbiased covariance holds for independent cases only.",
            "the jackknife or DeLong covariance, which draw whole patients",
            "use --covariance jackknife",
        )
    return unbiased(scores, truth)


def jackknife(scores: Rows, truth: Bool[np.ndarray, " k"], patients: Int[np.ndarray, " k"]) -> Matrix:
    """Return the jackknife covariance (Efron & Stein 1981), one patient left out at a time.

    (P - 1) / P times the sum over patients p of the products of theta_(p) minus their mean.
    """
    deleted = deleted_areas(scores, truth, patients)
    centred = deleted - deleted.mean(1, keepdims=True)
    p = deleted.shape[1]
    return (p - 1) / p * centred @ centred.T


def delong(scores: Rows, truth: Bool[np.ndarray, " k"], patients: Int[np.ndarray, " k"]) -> Matrix:
    """Return the covariance of DeLong, DeLong & Clarke-Pearson (1988), S10 / m + S01 / n.

    Placements are summed by patient, and the covariance between a patient's own positive and negative cases is added
    (Obuchowski 1997, eq. 4); with one case per patient both are the same.
    """
    v = placements(scores, truth)
    owners, number = np.unique(patients, return_inverse=True)
    areas = v.areas[:, None]
    up, has_positive = _patient_sums(v.positive - areas, number[truth], owners.size)
    down, has_negative = _patient_sums(v.negative - areas, number[~truth], owners.size)
    m, n = v.positive.shape[1], v.negative.shape[1]
    crossing = _scale(owners.size) * up @ down.T / (m * n)
    return _scale(has_positive) * up @ up.T / m**2 + _scale(has_negative) * down @ down.T / n**2 + crossing + crossing.T


def _patient_sums(
    values: Float[np.ndarray, "q a"], owner: Int[np.ndarray, " a"], count: int
) -> tuple[Float[np.ndarray, "q p"], int]:
    sums = np.zeros((values.shape[0], count))
    np.add.at(sums.T, owner, values.T)
    return sums, np.unique(owner).size


def _scale(clusters: int) -> float:
    return clusters / (clusters - 1)


def unbiased(scores: Rows, truth: Bool[np.ndarray, " k"]) -> Matrix:
    """Return the unbiased covariance of U-statistics (Gallas 2006).

    The product of two areas less an unbiased estimate of the product of their expectations: the mean product of psi of
    the two rows over pairs of pairs that share no case.
    """
    x, y = scores[:, truth], scores[:, ~truth]
    m, n = x.shape[1], y.shape[1]
    v = placements(scores, truth)
    same = sum(_products(x[:, [k]], y) for k in range(m))
    share_positive = n**2 * v.positive @ v.positive.T - same
    share_negative = m**2 * v.negative @ v.negative.T - same
    product = np.outer(v.areas, v.areas)
    share_none = (m * n) ** 2 * product - same - share_positive - share_negative
    matrix: Matrix = product - share_none / (m * n * (m - 1) * (n - 1))
    return matrix


def _products(x: Float[np.ndarray, "q 1"], y: Float[np.ndarray, "q n"]) -> Matrix:
    psi = comparisons(x, y)[:, 0]
    return psi @ psi.T
