"""Simulated readers: the model of Roe & Metz (1997), to test the tests and to plan studies.

Rating of treatment i, reader j, case k of class t = t mu_i + R_jt + C_kt + (tau R)_ijt + (tau C)_ikt + (RC)_jkt + E,
all normal and independent, the case terms and E together of variance 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import norm

from vcem.core.errors import UsageError
from vcem.stats.ratings import Ratings


@dataclass(frozen=True)
class RoeMetz:
    """The model's parameters; `mu` is the separation of the classes under treatments, one each."""

    mu: tuple[float, ...]
    reader: float
    treatment_reader: float
    case: float
    treatment_case: float
    reader_case: float
    error: float

    def __post_init__(self) -> None:
        variances = (self.reader, self.treatment_reader, self.case, self.treatment_case, self.reader_case, self.error)
        if min(variances) < 0 or not self.mu:
            raise UsageError(f"Variances {variances} for {len(self.mu)} treatments are impossible.", "none below 0")

    def area(self, i: int) -> float:
        """Return the area under the ROC curve under treatment i, expected over readers and cases."""
        case = self.case + self.treatment_case + self.reader_case + self.error
        return float(norm.cdf(self.mu[i] / sqrt(2 * (case + self.reader + self.treatment_reader))))


# Roe & Metz (1997), table 1, at an area of 0.855: first letter the correlation of data, second the spread of readers
STRUCTURES: Mapping[str, RoeMetz] = {
    "HL": RoeMetz((1.5, 1.5), 0.0055, 0.0055, 0.3, 0.3, 0.2, 0.2),
    "LL": RoeMetz((1.5, 1.5), 0.0055, 0.0055, 0.1, 0.1, 0.2, 0.6),
    "HH": RoeMetz((1.5, 1.5), 0.03, 0.03, 0.3, 0.3, 0.2, 0.2),
    "LH": RoeMetz((1.5, 1.5), 0.03, 0.03, 0.1, 0.1, 0.2, 0.6),
}


def simulate(model: RoeMetz, readers: int, negative: int, positive: int, rng: np.random.Generator) -> Ratings:
    """Draw one study of independent cases."""
    truth = np.arange(negative + positive) >= negative
    scores = sum(
        (_class_scores(model, readers, truth, side, rng) for side in (False, True)),
        start=np.zeros((len(model.mu), readers, truth.size)),
    )
    return Ratings(
        tuple(str(i + 1) for i in range(len(model.mu))),
        tuple(str(j + 1) for j in range(readers)),
        tuple(str(k + 1) for k in range(truth.size)),
        truth,
        scores,
        np.arange(truth.size),
    )


def _class_scores(model: RoeMetz, readers: int, truth: np.ndarray, side: bool, rng: np.random.Generator) -> np.ndarray:
    i, j, k = len(model.mu), readers, truth.size

    def draw(variance: float, *shape: int) -> np.ndarray:
        return rng.normal(0, sqrt(variance), shape)

    scores = (
        draw(model.reader, 1, j, 1)
        + draw(model.treatment_reader, i, j, 1)
        + draw(model.case, 1, 1, k)
        + draw(model.treatment_case, i, 1, k)
        + draw(model.reader_case, 1, j, k)
        + draw(model.error, i, j, k)
        + side * np.array(model.mu)[:, None, None]
    )
    found: np.ndarray = scores * (truth == side)
    return found
