"""Zero-padding to a square toward the air side (paper §3.1, first step; rule of the authors' code)."""

from dataclasses import dataclass

import numpy as np

from vcem.core.arrays import Grey, Regridded
from vcem.core.terms import Side


@dataclass(frozen=True)
class Square:
    """Pad a tall image at the air side and a wide one at the bottom; the chest wall stays at its edge.

    The chest wall of a right breast is at the right edge of the image, of a left breast at the left.
    """

    rows: int
    columns: int
    side: Side

    @property
    def size(self) -> int:
        """Rows and columns of the square."""
        return max(self.rows, self.columns)

    @property
    def left(self) -> int:
        """Columns added before the first."""
        return self.size - self.columns if self.side is Side.RIGHT else 0

    def do(self, grey: Grey) -> Regridded:
        """Pad with zeros."""
        right = self.size - self.columns - self.left
        return np.pad(grey, ((0, self.size - self.rows), (self.left, right)))

    def undo(self, grey: Grey) -> Regridded:
        """Cut the padding off."""
        return grey[: self.rows, self.left : self.left + self.columns]
