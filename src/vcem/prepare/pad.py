"""Zeros around a square, up to a size that a network can halve: a grid of its own without resampling."""

from dataclasses import dataclass

import numpy as np

from vcem.core.arrays import Grey, Regridded
from vcem.core.terms import Side


@dataclass(frozen=True)
class Pad:
    """Pad a square of `given` pixels a side to `size`, below and at the air side; the chest wall stays at its edge."""

    given: int
    size: int
    side: Side

    @property
    def left(self) -> int:
        """Columns added before the first."""
        return self.size - self.given if self.side is Side.RIGHT else 0

    def do(self, grey: Grey) -> Regridded:
        """Pad with zeros."""
        more = self.size - self.given
        return np.pad(grey, ((0, more), (self.left, more - self.left)))

    def undo(self, grey: Grey) -> Regridded:
        """Cut the padding off."""
        return grey[: self.given, self.left : self.left + self.given]
