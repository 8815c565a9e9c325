"""The pictures of a study: every source's images brought through one path, so that nothing but what they show differs.

Same grid, same bit depth, nothing outside the breast, no compression, so the same number of bytes. A real image that
came from 8-bit files has 256 grey values, a network's output millions: all are rounded to the coarsest of them.
"""

from collections.abc import Iterable

import numpy as np

from vcem.core.arrays import Grey, Mask
from vcem.core.terms import Side

DEPTHS = (8, 10, 12)
FULL = 65535


def common_depth(images: Iterable[Grey]) -> int:
    """Return the fewest bits among 8, 10 and 12 that some image fits exactly, 12 if none does."""
    return min((_depth(image) for image in images), default=DEPTHS[-1])


def _depth(image: Grey) -> int:
    for bits in DEPTHS[:-1]:
        steps = np.asarray(image, np.float64) * (2**bits - 1)
        if np.abs(steps - np.rint(steps)).max() < 1e-3:
            return bits
    return DEPTHS[-1]


def picture_bytes(image: Grey, breast: Mask, bits: int) -> bytes:
    """Return an image as 16-bit little-endian grey values, row by row; 0 outside the breast, at least 1 in it.

    The page keeps 0 black when the rest is inverted, and out of the mean where it shows several pixels as one.

    Args:
        image: grey values in [0, 1]; what lies beyond is cut off.
        breast: where the breast is, the same for all images of one exposure.
        bits: how many grey values it is rounded to.
    """
    top = 2**bits - 1
    grey = np.rint(np.rint(np.clip(np.asarray(image, np.float64), 0, 1) * top) * (FULL / top))
    return np.where(breast, np.maximum(grey, 1), 0).astype("<u2").tobytes()


def reach(breast: Mask, side: Side) -> int:
    """Return how many columns from the chest wall the breast needs, all of them if there is none."""
    columns = np.flatnonzero(breast.any(0))
    if not columns.size:
        return breast.shape[1]
    return int(breast.shape[1] - columns[0] if side is Side.RIGHT else columns[-1] + 1)


def near_wall(columns: int, size: int, side: Side) -> slice:
    """Return the columns next to the chest wall: at the right of a right breast, at the left of a left one."""
    return slice(size - columns, size) if side is Side.RIGHT else slice(0, columns)
