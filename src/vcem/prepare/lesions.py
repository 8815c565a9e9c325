"""Lesion outlines drawn onto the prepared grid."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, UInt8
from skimage.draw import polygon

from vcem.core.grid import Size
from vcem.folders.catalogue import Outline

Points = Float[np.ndarray, "n 2"]
MOST = 255
CIRCLE_POINTS = 64


def rim(outline: Outline) -> Points:
    """Return the (x, y) points of an outline's rim in pixels of its image; ellipses become 64-gons."""
    points = np.array(outline.points, float)
    if outline.shape not in ("ellipse", "circle"):
        return points
    centre, (a, b) = points
    turn = np.linspace(0, 2 * np.pi, CIRCLE_POINTS, endpoint=False)
    cos, sin = np.cos(outline.theta), np.sin(outline.theta)
    x, y = a * np.cos(turn), b * np.sin(turn)
    return centre + np.stack([x * cos - y * sin, x * sin + y * cos], 1)


def draw(outlines: Sequence[Outline], place: Callable[[Points], Points], size: Size) -> UInt8[np.ndarray, "h w"]:
    """Number the lesions from 1 on a grid; where two overlap the smaller one, drawn later, is kept whole.

    Args:
        outlines: of one image. Points and polylines have no area and are left out.
        place: maps (x, y) of the image to (x, y) of the grid.
        size: rows and columns of the grid.
    """
    labels = np.zeros(size, np.uint8)
    areas = [_inside(place(rim(o)), size) for o in outlines if _has_area(o)]
    for number, area in enumerate(sorted(areas, key=lambda a: -len(a[0]))[:MOST], 1):
        labels[area] = number
    return labels


def _inside(points: Points, size: Size) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = polygon(points[:, 1], points[:, 0], size)
    return rows, columns


def _has_area(outline: Outline) -> bool:
    return outline.shape in ("polygon", "ellipse", "circle") and len(rim(outline)) > 2
