"""The numbers of a fully crossed reader study, as the analyses of several readers and cases take them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

Scores = Float[np.ndarray, "i j k"]
Truth = Bool[np.ndarray, " k"]


@dataclass(frozen=True)
class Ratings:
    """A fully crossed study: `scores[i, j, k]` is treatment i, reader j, case k; higher is more suspicious.

    `patients` numbers the patient of each case. Cases of one patient are not independent, and the covariances know it.
    """

    treatments: tuple[str, ...]
    readers: tuple[str, ...]
    cases: tuple[str, ...]
    truth: Truth
    scores: Scores
    patients: Int[np.ndarray, " k"]

    @property
    def clustered(self) -> bool:
        """Whether some patient has several cases."""
        return bool(np.unique(self.patients).size < len(self.cases))
