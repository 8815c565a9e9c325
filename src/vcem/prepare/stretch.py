"""Contrast stretching: clip to the DICOM window (paper §3.1, second step; the authors' code clips to the window)."""

from dataclasses import dataclass

import numpy as np

from vcem.core.arrays import Grey
from vcem.core.errors import UsageError


@dataclass(frozen=True)
class Stretch:
    """Clip stored values to Window Center ± Window Width / 2 (0028,1050 and 0028,1051)."""

    center: float
    width: float

    def do(self, stored: Grey) -> Grey:
        """Clip; what lies outside the window is lost."""
        return np.clip(stored, self.center - self.width / 2, self.center + self.width / 2)

    def undo(self, stored: Grey) -> Grey:
        """Return the values as they are: clipping cannot be undone."""
        return stored


def read_window(text: str) -> Stretch | None:
    """Read a window written as `center/width`; an empty text is not a window.

    Raises:
        UsageError: if it is not two numbers with a width above 0.
    """
    if not text:
        return None
    try:
        center, width = map(float, text.split("/"))
    except ValueError as error:
        raise UsageError(f"Window {text!r} cannot be read.", "center/width, such as 2105/380") from error
    if width <= 0:
        raise UsageError(f"Window {text!r} has no width.", "a width above 0")
    return Stretch(center, width)
