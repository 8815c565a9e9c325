"""A window of the given image with the chest wall at its left edge: right breasts are mirrored onto left ones."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from vcem.core.arrays import Grey, Regridded
from vcem.core.grid import Size
from vcem.core.terms import Side


@dataclass(frozen=True)
class Crop:
    """Take the window of `size` whose first row and column are `top` and `left` of the image of `given` pixels.

    The window may reach beyond the image: there it is 0.
    """

    top: int
    left: int
    size: Size
    given: Size
    side: Side

    def do(self, grey: Grey) -> Regridded:
        """Cut the window out, and mirror a right breast."""
        window = np.zeros(self.size, grey.dtype)
        there, here = self._common()
        window[there] = grey[here]
        return self._facing(window)

    def undo(self, grey: Grey) -> Regridded:
        """Put the window back where it was cut out; the rest is 0."""
        image = np.zeros(self.given, grey.dtype)
        there, here = self._common()
        image[here] = self._facing(grey)[there]
        return image

    def place(self, points: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
        """Map (x, y) of the given image to the window."""
        moved = points - np.array([self.left, self.top])
        return np.array([self.size.columns - 1, 0]) + moved * [-1, 1] if self.side is Side.RIGHT else moved

    def _facing(self, window: Grey) -> Grey:
        return window[:, ::-1] if self.side is Side.RIGHT else window

    def _common(self) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Return what both hold, as rows and columns of the window and of the image."""
        spans = [
            (min(max(first, 0), limit), min(max(first + count, 0), limit))
            for first, count, limit in zip((self.top, self.left), self.size, self.given, strict=True)
        ]
        (top, bottom), (left, right) = spans
        there = slice(top - self.top, bottom - self.top), slice(left - self.left, right - self.left)
        return there, (slice(top, bottom), slice(left, right))
