"""Lesions: what each look puts into the ray in mm of tissue, and where its iodine lies.

A tissue displaces what was there, so that no ray gets longer than the breast; nothing but path lengths decides the
contrast in LE and DES.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from scipy.special import expit

from vcem.core.arrays import Mask
from vcem.core.terms import View
from vcem.simulate.grid import Grid, Map
from vcem.simulate.outline import Outline
from vcem.simulate.patient import Lesion
from vcem.simulate.texture import cloud, look_up
from vcem.simulate.tubes import Tube, paint, wander

MOST_OF_BREAST = 0.9  # a lesion fills at most this share of the ray
Window = tuple[slice, slice]


@dataclass(frozen=True)
class Placed:
    """A lesion in a view: the window of the image it lies in, and maps of that window.

    `solid` and `fluid` are mm of tissue, `calcium` mm of hydroxyapatite, `uptake` mg/cm2 at the early phase.
    """

    lesion: Lesion
    window: Window
    solid: Map
    fluid: Map
    calcium: Map
    uptake: Map
    area: Mask


@dataclass(frozen=True)
class Body3:
    """A warped ellipsoid seen along the ray: relative radius (1 at its border) and half its depth in mm."""

    radius: Map
    half_mm: float
    angle: Map


def place(lesion: Lesion, outline: Outline, view: View, grid: Grid, thickness: Map, rng: np.random.Generator) -> Placed:
    """Draw a lesion into a view."""
    centre = centre_of(lesion, outline, view)
    window = _window(centre, 1.6 * lesion.size_mm + 6, grid)
    part = _part(grid, window)
    look_rng, uptake_rng = rng.spawn(2)  # apart, so that nothing of the uptake shows in LE's shape
    body = shape = _ellipsoid(lesion, centre, part, look_rng, lesion.look == "asymmetry")
    if lesion.uptake.pattern == "nonmass":
        shape = _ellipsoid(lesion, centre, part, uptake_rng, True)
    room = np.float32(MOST_OF_BREAST) * thickness[window]
    solid, fluid, calcium = (np.minimum(m, room) for m in _look(lesion, centre, part, body, look_rng))
    uptake = np.where(room > 0, _uptake(lesion, part, shape, uptake_rng), 0).astype(np.float32)
    area = ((body.radius < 1) | (shape.radius < 1)) & (room > 0)
    return Placed(lesion, window, solid, fluid, np.where(room > 0, calcium, 0).astype(np.float32), uptake, area)


def centre_of(lesion: Lesion, outline: Outline, view: View) -> tuple[float, float]:
    """Return where a view shows the lesion: the depth from the nipple is the same in all views."""
    x, y = outline.nipple
    row = y - lesion.up_mm(view)
    return max(x - lesion.depth_mm, 3.0), float(row)


@dataclass(frozen=True)
class _Window:
    x: Float32[np.ndarray, "1 w"]
    y: Float32[np.ndarray, "h 1"]
    spacing_mm: float
    left: float
    top: float

    @property
    def grid(self) -> Grid:
        return Grid(self.y.size, self.x.size, self.spacing_mm)


def _window(centre: tuple[float, float], half_mm: float, grid: Grid) -> Window:
    s = grid.spacing_mm
    c0, c1 = (int(np.clip((centre[0] + d) / s, 0, grid.columns)) for d in (-half_mm, half_mm))
    r0, r1 = (int(np.clip((centre[1] + d) / s, 0, grid.rows)) for d in (-half_mm, half_mm))
    return slice(r0, r1), slice(c0, c1)


def _part(grid: Grid, window: Window) -> _Window:
    rows, columns = window
    s = grid.spacing_mm
    return _Window(grid.x[columns][None, :], grid.y[rows][:, None], s, columns.start * s, rows.start * s)


def _ellipsoid(
    lesion: Lesion, centre: tuple[float, float], part: _Window, rng: np.random.Generator, segment: bool
) -> Body3:
    """Return the lesion's body: smooth and oval if circumscribed, lobed and ragged otherwise, long if a segment."""
    smooth = lesion.look == "circumscribed" and not segment
    oval, tilt = rng.uniform(0.65, 0.95) * (0.7 if segment else 1.0), rng.uniform(0, np.pi)
    dx, dy = part.x - np.float32(centre[0]), part.y - np.float32(centre[1])
    u, v = dx * np.cos(tilt) + dy * np.sin(tilt), (dy * np.cos(tilt) - dx * np.sin(tilt)) / oval
    angle = np.arctan2(v, u).astype(np.float32)
    border = np.full(angle.shape, lesion.size_mm / 2, np.float32)
    for n, phase in zip(range(2, 9), rng.uniform(0, 2 * np.pi, 7), strict=True):
        border *= 1 + np.float32((0.05 if smooth else 0.11) / n**0.7) * np.sin(n * angle + phase)
    rough = 0.02 if smooth else (0.30 if segment else 0.14)
    offset = rng.random(2)
    ragged = look_up(cloud(2.6), dx / 60 + np.float32(offset[0]), dy / 60 + np.float32(offset[1]))
    radius = np.hypot(u, v) / border * (1 + np.float32(rough) * ragged)
    return Body3(radius.astype(np.float32), lesion.size_mm / 2 * oval, angle)


def _chord(shape: Body3) -> Map:
    """Return the way of the ray through the body."""
    return (2 * shape.half_mm * np.sqrt(np.maximum(1 - shape.radius**2, 0))).astype(np.float32)


def _look(
    lesion: Lesion, centre: tuple[float, float], part: _Window, shape: Body3, rng: np.random.Generator
) -> tuple[Map, Map, Map]:
    """Return solid tissue, fluid and calcium of what LE shows; an occult lesion puts nothing into the ray."""
    nothing = np.zeros(shape.radius.shape, np.float32)
    if lesion.look == "irregular":
        return _spiculated(lesion, centre, part, shape, rng), nothing, nothing
    if lesion.look == "circumscribed":
        return (nothing, _chord(shape), nothing) if lesion.kind == "cyst" else (_chord(shape), nothing, nothing)
    if lesion.look == "calcifications":
        return nothing, nothing, _cluster(lesion, centre, part, rng)
    if lesion.look == "asymmetry":
        return _strands(part, shape, rng), nothing, nothing
    return nothing, nothing, nothing


def _spiculated(
    lesion: Lesion, centre: tuple[float, float], part: _Window, shape: Body3, rng: np.random.Generator
) -> Map:
    """Return an ill-defined core with spicules, joined by their maximum."""
    core = shape.half_mm * 1.7 * expit((0.75 - shape.radius) / 0.13)
    rays = np.zeros_like(core, dtype=np.float32)
    local = (centre[0] - part.left, centre[1] - part.top)
    for heading in rng.uniform(0, 2 * np.pi, int(rng.integers(10, 26))):
        start = (local[0] + 0.25 * lesion.size_mm * np.cos(heading), local[1] + 0.25 * lesion.size_mm * np.sin(heading))
        length = lesion.size_mm * rng.uniform(0.35, 1.15) + 2
        points = wander(rng, start, heading, length, 1.0, 0.25)
        radius = rng.uniform(0.4, 0.9) * np.linspace(1, 0.25, len(points)) * (lesion.size_mm / 14) ** 0.3
        paint(rays, part.grid, Tube(points, radius), round_section=False)
    return np.maximum(core, 1.6 * rays).astype(np.float32)


def _strands(part: _Window, shape: Body3, rng: np.random.Generator) -> Map:
    """Return a soft focal density that is broken up as gland is."""
    offset = rng.random(2)
    broken = look_up(cloud(2.2), part.x / 45 + np.float32(offset[0]), part.y / 45 + np.float32(offset[1]))
    soft = np.exp(-(shape.radius**2) * 1.1)
    return (shape.half_mm * 1.1 * soft * np.clip(0.75 + 0.5 * broken, 0, 1.6)).astype(np.float32)


def _cluster(lesion: Lesion, centre: tuple[float, float], part: _Window, rng: np.random.Generator) -> Map:
    """Return 6 to 40 calcifications of 0.15 to 0.6 mm within the lesion."""
    calcium = np.zeros((part.y.size, part.x.size), np.float32)
    many = int(np.clip(rng.normal(10 + lesion.size_mm, 6), 6, 40))
    for _ in range(many):
        away, turn = lesion.size_mm / 2 * np.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
        at = (centre[0] + away * np.cos(turn) - part.left, centre[1] + 0.7 * away * np.sin(turn) - part.top)
        speck(calcium, part.grid, at, float(rng.uniform(0.15, 0.6)), rng)
    return calcium


def speck(calcium: Map, grid: Grid, at: tuple[float, float], size_mm: float, rng: np.random.Generator) -> None:
    """Draw one calcification, round or elongated."""
    turn, long = rng.uniform(0, np.pi), size_mm * rng.uniform(0.1, 0.9)
    ends = np.array([at, (at[0] + long * np.cos(turn), at[1] + long * np.sin(turn))])
    paint(calcium, grid, Tube(ends, np.full(2, size_mm / 2)))


def _uptake(lesion: Lesion, part: _Window, shape: Body3, rng: np.random.Generator) -> Map:
    """Return mg/cm2 of the lesion: mg/ml times the way through what takes it up, in cm."""
    if not lesion.uptake.enhancing:
        return np.zeros(shape.radius.shape, np.float32)
    offset = rng.random(2)
    x, y = part.x + 0 * part.y, part.y + 0 * part.x
    uneven = look_up(cloud(2.2), x / 30 + np.float32(offset[0]), y / 30 + np.float32(offset[1]))
    soft = expit((0.92 - shape.radius) / 0.06)
    full = _chord(Body3(shape.radius / 1.06, shape.half_mm, shape.angle)) * soft
    pattern = lesion.uptake.pattern
    if pattern == "rim":
        core = _chord(Body3(shape.radius / 0.68, 0.68 * shape.half_mm, shape.angle))
        full = full - 0.9 * np.minimum(core, full)
    if pattern == "heterogeneous":
        full = full * np.clip(1 + 0.35 * uneven, 0.15, 2)
    if pattern == "nonmass":
        full = full * np.clip(0.55 + 0.75 * uneven, 0.02, 2.2)
    if lesion.kind == "fibroadenoma":
        full = full * np.where(np.abs(uneven) < 0.12, 0.5, 1)  # dark septa
    return (lesion.uptake.iodine_mg_ml * full / 10).astype(np.float32)
