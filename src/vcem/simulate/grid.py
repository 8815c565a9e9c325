"""Pixel grids in millimetres, and the way from the grid that anatomy is built on to any other.

Anatomy is drawn on one grid of BASE_MM whatever pixel is asked for, so that a breast is the same at every pixel size;
only what is finer is drawn on the grid of the image.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float32
from scipy import sparse

BASE_MM = 0.4
Map = Float32[np.ndarray, "h w"]
Regridded = Float32[np.ndarray, "h2 w2"]
Row = Float32[np.ndarray, "n"]


@dataclass(frozen=True)
class Grid:
    """Rows and columns of square pixels; the first pixel's corner is the origin, chest wall and top of the image."""

    rows: int
    columns: int
    spacing_mm: float

    @cached_property
    def x(self) -> Row:
        """Millimetres from the chest wall of every column's centre."""
        return ((np.arange(self.columns) + 0.5) * self.spacing_mm).astype(np.float32)

    @cached_property
    def y(self) -> Row:
        """Millimetres from the top of every row's centre."""
        return ((np.arange(self.rows) + 0.5) * self.spacing_mm).astype(np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    def base(self) -> "Grid":
        """Return the grid of BASE_MM that covers this one."""
        rows, columns = (int(np.ceil(n * self.spacing_mm / BASE_MM - 1e-9)) for n in self.shape)
        return Grid(rows, columns, BASE_MM)

    def zeros(self) -> Map:
        """Return an empty map."""
        return np.zeros(self.shape, np.float32)


def onto(field: Map, grid: Grid) -> Regridded:
    """Return a map of `grid.base()` on the grid: cubic to finer pixels, averaged to coarser ones."""
    if np.isclose(grid.spacing_mm, BASE_MM):
        return np.ascontiguousarray(field[: grid.rows, : grid.columns])
    down = _weights(grid.rows, field.shape[0], grid.spacing_mm)
    across = _weights(grid.columns, field.shape[1], grid.spacing_mm)
    return np.ascontiguousarray((across @ (down @ field).T).T)


def _weights(n: int, n_base: int, spacing_mm: float) -> sparse.csr_array:
    """Return the sparse matrix of Catmull-Rom weights; the kernel widens with pixels coarser than the base."""
    wide = max(spacing_mm / BASE_MM, 1.0)
    at = (np.arange(n) + 0.5) * spacing_mm / BASE_MM - 0.5
    taps = np.arange(-int(np.ceil(2 * wide)), int(np.ceil(2 * wide)) + 2)
    index = np.floor(at)[:, None].astype(int) + taps
    weight = _catmull_rom(np.abs(index - at[:, None]) / wide)
    weight /= weight.sum(1, keepdims=True)
    rows = np.repeat(np.arange(n), taps.size)
    entries = (weight.ravel(), (rows, np.clip(index, 0, n_base - 1).ravel()))
    return sparse.csr_array(entries, shape=(n, n_base), dtype=np.float32)


def _catmull_rom(t: np.ndarray) -> np.ndarray:
    near, far = 1.5 * t**3 - 2.5 * t**2 + 1, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    return np.where(t < 1, near, np.where(t < 2, far, 0.0))
