"""Tubes along curves: what vessels, ducts and spicules are drawn with.

Segments are joined by their maximum, not their sum: where tubes meet, the ray does not pass twice.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from vcem.simulate.grid import Grid, Map

Points = Float[np.ndarray, "n 2"]
Radii = Float[np.ndarray, "n"]


@dataclass(frozen=True)
class Tube:
    """A curve of (x, y) in mm with a radius at every point."""

    points: Points
    radius: Radii


def wander(
    rng: np.random.Generator, start: tuple[float, float], heading: float, length: float, step: float, wild: float
) -> Points:
    """Return a smooth random path; the heading changes by a slowly varying amount of `wild` radians per 10 mm."""
    n = max(int(length / step), 2)
    knots = max(int(length / 12), 2) + 1
    turn = np.interp(np.linspace(0, knots - 1, n), np.arange(knots), rng.normal(0, wild, knots))
    angle = heading + np.cumsum(turn) * step / 10
    steps = step * np.stack([np.cos(angle), np.sin(angle)], 1)
    return np.asarray(start) + np.cumsum(steps, 0)


def paint(canvas: Map, grid: Grid, tube: Tube, round_section: bool = True) -> None:
    """Raise `canvas` to the way of the ray through the tube, in mm; a radius below a pixel is spread over it."""
    for a, b, ra, rb in zip(tube.points, tube.points[1:], tube.radius, tube.radius[1:], strict=False):
        _paint_segment(canvas, grid, np.stack([a, b]), (float(ra + rb) / 2), round_section)


def _paint_segment(canvas: Map, grid: Grid, ends: Points, radius: float, round_section: bool) -> None:
    s = grid.spacing_mm
    shown = max(radius, 0.55 * s)  # energy of a thin tube goes into the pixels that it touches
    low, high = ends.min(0) - shown - s, ends.max(0) + shown + s
    c0, r0 = (max(int(v / s), 0) for v in low)
    c1, r1 = min(int(high[0] / s) + 2, grid.columns), min(int(high[1] / s) + 2, grid.rows)
    if c0 >= c1 or r0 >= r1:
        return
    x, y = grid.x[c0:c1] - np.float32(ends[0, 0]), grid.y[r0:r1, None] - np.float32(ends[0, 1])
    along = ends[1] - ends[0]
    t = np.clip((x * along[0] + y * along[1]) / max(float(along @ along), 1e-9), 0, 1)
    away = ((x - t * along[0]) ** 2 + (y - t * along[1]) ** 2) / shown**2
    section = np.sqrt(np.maximum(1 - away, 0)) if round_section else np.maximum(1 - away, 0)
    path = (2 * radius * (radius / shown) * section).astype(np.float32)
    np.maximum(canvas[r0:r1, c0:c1], path, out=canvas[r0:r1, c0:c1])
