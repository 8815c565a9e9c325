"""Square to square: the paper's non-antialiased linear resize, and an antialiased one."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from PIL import Image

from vcem.core.arrays import Grey, Regridded


@dataclass(frozen=True)
class Resize:
    """Resize a square of `given` pixels a side to `size`.

    `antialias=False` samples linearly at pixel centres as OpenCV's INTER_LINEAR does: at 11-fold reduction it keeps
    about 7.6 times the noise SD of an area mean, and that is what the paper's targets look like.
    `antialias=True` uses a triangle filter as wide as the reduction.
    """

    given: int
    size: int
    antialias: bool

    def do(self, grey: Grey) -> Regridded:
        """Return `size` x `size`."""
        return _triangle(grey, self.size) if self.antialias else _linear(grey, self.size)

    def undo(self, grey: Grey) -> Regridded:
        """Return `given` x `given` by linear interpolation: no detail is added, what reduction lost stays lost."""
        return _triangle(grey, self.given)


def _triangle(grey: Grey, size: int) -> Regridded:
    picture = Image.fromarray(np.ascontiguousarray(grey, dtype=np.float32))
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR))


def _linear(grey: Grey, size: int) -> Regridded:
    low, high, weight = _neighbours(grey.shape[0], size)
    rows = grey[low] + weight[:, None] * (grey[high] - grey[low])
    low, high, weight = _neighbours(grey.shape[1], size)
    left, right = rows[:, low], rows[:, high]
    return left + weight * (right - left)


def _neighbours(given: int, size: int) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    centre = (np.arange(size) + 0.5) * given / size - 0.5
    low = np.floor(centre).astype(int)
    return low.clip(0, given - 1), (low + 1).clip(0, given - 1), centre - low
