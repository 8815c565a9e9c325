"""DES onto the grid of LE: a translation and one isotropic scale, found at import."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from vcem.core.arrays import Grey, Mask, Regridded


@dataclass(frozen=True)
class Register:
    """Lay DES((x + dx) des_per_le, (y + dy) des_per_le) over LE(x, y); dx, dy in pixels of the given LE image."""

    dx_px: float
    dy_px: float
    rows: int
    columns: int
    des_per_le: float = 1.0

    def do(self, des: Grey) -> Regridded:
        """Return DES at the rows and columns of LE, 0 where DES has no pixel."""
        scale = self.des_per_le
        offset = (self.dy_px * scale, self.dx_px * scale)
        return ndimage.affine_transform(
            des, [scale, scale], offset, output_shape=(self.rows, self.columns), order=1, cval=0.0
        )

    def covered(self, des_shape: tuple[int, int]) -> Mask:
        """Return where DES has pixels, on the grid of LE."""
        rows = self._inside(self.rows, self.dy_px, des_shape[0])
        columns = self._inside(self.columns, self.dx_px, des_shape[1])
        return np.logical_and.outer(rows, columns)

    def _inside(self, count: int, offset: float, limit: int) -> np.ndarray:
        place = (np.arange(count) + offset) * self.des_per_le
        return (place >= 0) & (place <= limit - 1)

    def points(self, des_points: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
        """Move (x, y) points drawn on DES onto LE."""
        return des_points / self.des_per_le - np.array([self.dx_px, self.dy_px])
