"""The skin line of a view, the nipple and the edge of the pectoral muscle.

CC is a superellipse with its own exponents; MLO continues it upwards into the axilla. The distance to the skin is that
to the curve itself: a distance transform of pixels would draw spokes along the rolled edge.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy import ndimage
from scipy.spatial import KDTree

from vcem.core.terms import View
from vcem.simulate.grid import Grid, Map
from vcem.simulate.patient import Body

STEP_MM = 0.2
ROUGH, NEAR_MM = 4, 8.0  # far from the skin, distances of every fourth pixel do
BEYOND_MM = 40.0  # how far the skin goes on above an MLO image
FRAME_MM = 4.0  # least air between skin and image border at the chest wall
Points = Float[np.ndarray, "n 2"]


@dataclass(frozen=True)
class Outline:
    """The skin as a polyline of (x, y) in mm from top to bottom, the nipple's place and the axis of the breast.

    `axis` is the angle of the breast's inner axis above the horizontal, seen from the nipple. `pectoral` is where the
    muscle's edge meets the top and the chest wall, in mm; None in CC.
    """

    skin: Points
    nipple: tuple[float, float]
    axis: float
    pectoral: tuple[float, float] | None


def draw_outline(rng: np.random.Generator, body: Body, view: View, height_mm: float) -> Outline:
    """Draw the outline of a breast in a field of the given height."""
    return _cc(rng, body, height_mm) if view is View.CC else _mlo(rng, body, height_mm)


def _cc(rng: np.random.Generator, body: Body, height_mm: float) -> Outline:
    girth = min(body.girth_mm, height_mm / 2 - FRAME_MM)
    room = height_mm / 2 - FRAME_MM - girth
    centre = height_mm / 2 + np.clip(rng.normal(0, 6), -room, room)
    phi = np.linspace(-np.pi / 2, np.pi / 2, 4001)
    p, q = rng.uniform(1.95, 2.5), rng.uniform(1.75, 2.2)
    y = centre + girth * np.sin(phi)
    x = body.reach_mm * (1 - np.abs(np.sin(phi)) ** p) ** (1 / q)
    nipple_y = centre + np.clip(rng.normal(0, 0.06), -0.12, 0.12) * girth
    return _finish(rng, x, y, nipple_y, rng.uniform(0.0, 0.2), None)


def _mlo(rng: np.random.Generator, body: Body, height_mm: float) -> Outline:
    below = min(0.82 * body.girth_mm, 0.42 * height_mm)
    nipple_y = float(np.clip(rng.normal(0.45, 0.04) * height_mm, 0.36 * height_mm, height_mm - below - FRAME_MM))
    p, q = rng.uniform(2.0, 2.4), rng.uniform(1.7, 2.1)
    phi = np.linspace(0, np.pi / 2, 2001)[1:]
    lower_y, lower_x = nipple_y + below * np.sin(phi), body.reach_mm * (1 - np.sin(phi) ** p) ** (1 / q)
    u = np.linspace(1 + BEYOND_MM / nipple_y, 0, 3001)
    top = body.reach_mm * rng.uniform(0.5, 0.72)
    bend, power = rng.uniform(0.7, 1.6), rng.uniform(1.8, 2.3)
    fall = np.where(u < 1, u**power / (u**power + bend * np.maximum(1 - u, 0) ** 1.1), 1.0)
    upper_x = body.reach_mm - (body.reach_mm - top) * fall
    x, y = np.concatenate([upper_x, lower_x]), np.concatenate([nipple_y * (1 - u), lower_y])
    tilt = rng.uniform(0.3, 0.48)
    across = top * rng.uniform(0.55, 0.95)
    pectoral = (across, min(across / np.tan(tilt), nipple_y + 0.25 * below))
    return _finish(rng, x, y, nipple_y, rng.uniform(0.2, 0.45), pectoral)


def _finish(
    rng: np.random.Generator, x: np.ndarray, y: np.ndarray, nipple_y: float, axis: float,
    pectoral: tuple[float, float] | None,
) -> Outline:  # fmt: skip
    """Add what makes a skin line a person's: slow waves and a nipple that stands out more or less."""
    reach = x.max()
    fade = np.clip(x / (0.3 * reach), 0, 1)
    for length in (140.0, 60.0):
        x = x + fade * rng.normal(0, (length / 140) ** 2) * np.sin(2 * np.pi * (y / length + rng.random()))
    proud, wide = rng.uniform(0.0, 5.0), rng.uniform(3.0, 4.5)
    away = np.abs(y - nipple_y)
    x = x + proud * np.exp(-((away / wide) ** 3)) + 0.25 * proud * np.exp(-((away / (3 * wide)) ** 2))
    skin = evenly(np.stack([np.maximum(x, 0), y], 1))
    nearest = int(np.argmin(np.abs(y - nipple_y)))
    return Outline(skin, (float(x[nearest]), float(nipple_y)), float(axis), pectoral)


def evenly(points: Points) -> Float[np.ndarray, "m 2"]:
    """Return the polyline with points STEP_MM apart."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.arange(0, along[-1], STEP_MM)
    return np.stack([np.interp(at, along, points[:, i]) for i in (0, 1)], 1)


def signed_distance(outline: Outline, grid: Grid) -> Map:
    """Return the distance to the skin in mm, negative outside."""
    return distance_to(outline.skin, grid)


def distance_to(skin: Points, grid: Grid) -> Map:
    """Return the distance to a skin line in mm, negative outside.

    Its points run from top to bottom, `STEP_MM` apart, the chest wall to their right.
    """
    tangent = np.gradient(skin, axis=0)
    tangent /= np.maximum(np.hypot(*tangent.T), 1e-9)[:, None]
    tree = KDTree(skin)
    rough = Grid(grid.rows // ROUGH + 2, grid.columns // ROUGH + 2, grid.spacing_mm * ROUGH)
    distance = zoom_to(_to_skin(tree, tangent, *np.meshgrid(rough.x, rough.y)), rough, grid)
    near = np.abs(distance) < NEAR_MM
    x, y = np.meshgrid(grid.x, grid.y)
    distance[near] = _to_skin(tree, tangent, x[near], y[near])
    return distance


def zoom_to(field: Map, rough: Grid, grid: Grid) -> Float32[np.ndarray, "h2 w2"]:
    """Return a field of a rough grid on a finer one, linear in between."""
    r, c = (grid.y / rough.spacing_mm - 0.5)[:, None], (grid.x / rough.spacing_mm - 0.5)[None, :]
    at = np.stack(np.broadcast_arrays(r, c))
    return ndimage.map_coordinates(field, at, order=1, mode="nearest", output=np.float32)


def _to_skin(tree: KDTree, tangent: Points, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    at = np.stack([x, y], -1).reshape(-1, 2)
    _, nearest = tree.query(at)
    away = at - tree.data[nearest]
    along = np.clip((away * tangent[nearest]).sum(1), -STEP_MM / 2, STEP_MM / 2)
    away -= along[:, None] * tangent[nearest]
    # the skin runs from top to bottom, so the chest wall lies to its right hand
    inside = tangent[nearest, 0] * away[:, 1] - tangent[nearest, 1] * away[:, 0]
    return (np.hypot(*away.T) * np.sign(inside)).reshape(x.shape).astype(np.float32)


def muscle_depth(outline: Outline, grid: Grid) -> Map:
    """Return how far inside the pectoral muscle each pixel lies, in mm, negative outside; CC shows no muscle."""
    if outline.pectoral is None:
        return np.full(grid.shape, -np.inf, np.float32)
    top, bottom = outline.pectoral
    x, y = np.meshgrid(grid.x, grid.y)
    bow = 0.06 * top * np.sin(np.pi * np.clip(y / bottom, 0, 1))
    return ((top * (1 - y / bottom) + bow - x) / np.hypot(1, top / bottom)).astype(np.float32)
