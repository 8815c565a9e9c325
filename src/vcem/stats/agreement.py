"""Agreement beyond chance between readers, or of one reader again: kappa with intervals that keep patients whole.

One row per image, one column per reader, whole numbers as categories in their order (BI-RADS 1 to 5). Resamples draw
patients (`vcem.stats.intervals`): two images of a patient are not two witnesses.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from vcem.core.errors import UsageError
from vcem.stats.intervals import MIN_PATIENTS, Interval, Weights, percentile

Answers = Int[np.ndarray, "n r"]
Patients = Int[np.ndarray, " n"]
Tables = Float[np.ndarray, "b q q"]


class Disagreement(StrEnum):
    """How much two categories differ: at all; by their distance; by its square."""

    UNWEIGHTED = "unweighted"
    LINEAR = "linear"
    QUADRATIC = "quadratic"

    def cost(self, categories: Sequence[int]) -> Float[np.ndarray, "q q"]:
        """Return the cost of each pair of categories."""
        distance = np.abs(np.subtract.outer(np.asarray(categories, float), np.asarray(categories, float)))
        if self is Disagreement.UNWEIGHTED:
            return (distance > 0).astype(float)
        return distance if self is Disagreement.LINEAR else distance**2


def cohen_kappa(tables: Tables, cost: Float[np.ndarray, "q q"]) -> Float[np.ndarray, " b"]:
    """Return weighted kappa of tables of counts (Cohen 1968): 1 - observed cost / cost expected from the margins.

    With cost 1 for any difference it is the kappa of Cohen (1960). NaN where both readers used one and the same
    category only: agreement beyond chance cannot be told there.
    """
    total = tables.sum((1, 2))
    expected = np.einsum("bi,bj,ij->b", tables.sum(2), tables.sum(1), cost)
    observed = (tables * cost).sum((1, 2)) * total
    return 1 - np.divide(observed, expected, out=np.full_like(total, np.nan), where=expected > 0)


def cohen(
    first: Int[np.ndarray, " n"],
    second: Int[np.ndarray, " n"],
    patients: Patients,
    weights: Weights,
    disagreement: Disagreement = Disagreement.UNWEIGHTED,
) -> Interval:
    """Return Cohen's kappa of two readers, or of one reader's two readings, with its patient-bootstrap interval.

    Args:
        first: category of each image in one reading.
        second: the same in the other.
        patients: number of each image's patient.
        weights: from `vcem.stats.intervals.draw_patients`.
        disagreement: unweighted, linear or quadratic.
    """
    categories, both = _codes(np.stack([first, second], 1))
    q = len(categories)
    by_patient = np.zeros((weights.shape[1], q, q))
    np.add.at(by_patient, (patients, both[:, 0], both[:, 1]), 1.0)
    cost = disagreement.cost(categories)
    draws = cohen_kappa(np.einsum("bp,pij->bij", weights, by_patient), cost)
    estimate = float(cohen_kappa(by_patient.sum(0, keepdims=True), cost)[0])
    return percentile(estimate, draws, np.unique(patients).size >= MIN_PATIENTS)


def fleiss_kappa(
    agreeing: Float[np.ndarray, " b"], used: Float[np.ndarray, "b q"], images: Float[np.ndarray, " b"], readers: int
) -> Float[np.ndarray, " b"]:
    """Return kappa of several readers (Fleiss 1971) from sums over images.

    kappa = (P - Pe) / (1 - Pe); P is the mean share of agreeing pairs of readers, Pe the sum of squared shares of the
    categories. NaN where one category only was used.
    """
    observed = np.divide(agreeing, images, out=np.full_like(images, np.nan), where=images > 0)
    shares = used / np.maximum(images * readers, 1)[:, None]  # a resample without images is NaN already
    expected = (shares**2).sum(1)
    room = 1 - expected
    return np.divide(observed - expected, room, out=np.full_like(room, np.nan), where=room > 1e-12)


def fleiss(answers: Answers, patients: Patients, weights: Weights) -> Interval:
    """Return Fleiss' kappa of all readers with its patient-bootstrap interval.

    Raises:
        UsageError: if there are fewer than two readers.
    """
    readers = answers.shape[1]
    if readers < 2:
        raise UsageError("Agreement needs at least two readers.", "two or more columns of answers")
    categories, codes = _codes(answers)
    counts = (codes[:, :, None] == np.arange(len(categories))).sum(1).astype(float)
    agreeing = (counts * (counts - 1)).sum(1) / (readers * (readers - 1))
    table = np.column_stack([agreeing, counts, np.ones(len(answers))])
    sums = np.zeros((weights.shape[1], table.shape[1]))
    np.add.at(sums, patients, table)
    whole, drawn = sums.sum(0, keepdims=True), weights @ sums
    estimate, draws = (fleiss_kappa(s[:, 0], s[:, 1:-1], s[:, -1], readers) for s in (whole, drawn))
    return percentile(float(estimate[0]), draws, np.unique(patients).size >= MIN_PATIENTS)


def pairwise(
    answers: Answers, patients: Patients, weights: Weights, disagreement: Disagreement
) -> dict[tuple[int, int], Interval]:
    """Return Cohen's kappa of every pair of readers, by their columns."""
    return {
        (a, b): cohen(answers[:, a], answers[:, b], patients, weights, disagreement)
        for a, b in combinations(range(answers.shape[1]), 2)
    }


def _codes(answers: Answers) -> tuple[list[int], Int[np.ndarray, "n r"]]:
    if not answers.size:
        raise UsageError("There are no answers to compare.", "at least one image that both readers answered")
    categories, codes = np.unique(answers, return_inverse=True)
    return [int(c) for c in categories], codes.reshape(answers.shape)
