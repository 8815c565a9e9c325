"""A mammogram that refuses impossible data."""

from dataclasses import dataclass

import numpy as np

from vcem.core.arrays import Grey
from vcem.core.errors import FailureError
from vcem.core.terms import Energy, Origin, Side, View


@dataclass(frozen=True)
class Mammogram:
    """One image of one breast: grey in [0, 1], higher is brighter on the screen, chest wall at the side's edge."""

    grey: Grey
    side: Side
    view: View
    energy: Energy
    origin: Origin
    spacing_mm: float | None = None

    def __post_init__(self) -> None:
        if self.grey.ndim != 2 or min(self.grey.shape) < 8:
            raise FailureError(
                f"An image of shape {self.grey.shape} is no mammogram.", "rows x columns, at least 8 each"
            )
        if not np.isfinite(self.grey).all():
            raise FailureError("The image holds values that are not finite.", "finite grey values")
        if self.spacing_mm is not None and self.spacing_mm <= 0:
            raise FailureError(f"A pixel spacing of {self.spacing_mm} mm is impossible.", "a spacing above 0")
