"""Gland and fat: layers of compartments whose walls are thin septa in fat and thicken until they fill the gland.

One mechanism gives both, so that fat lobules bulge into the gland as they do in a breast (compartments bounded by
Cooper's ligaments: Bakic et al. 2002, Med. Phys. 29:2131; Pokrajac et al. 2012, Med. Phys. 39:2290). Compartments are
stretched towards the nipple. How far the walls thicken is found by bisection, so that the breast has its density.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter

from vcem.simulate.grid import BASE_MM, Grid, Map
from vcem.simulate.outline import Outline
from vcem.simulate.priors import Tissue
from vcem.simulate.texture import CELLS, cloud, look_up, power_law, walls

FAN_MM = 70.0  # distance from the nipple at which compartments have their nominal width
COARSE = 16  # the bisection looks at every sixteenth pixel
BISECTIONS = 14
HAZE, HAZE_MM = 0.28, 3.0  # share of gland that lies spread between the strands, and how widely
EASE = 0.6  # how much easier it must be for walls to thicken by about a millimetre
Column = Float32[np.ndarray, "n"]  # one value for every pixel inside the breast


@dataclass(frozen=True)
class Frame:
    """The pixels inside the breast: how far from the skin, mm inwards from the nipple and across from the axis.

    `angle` is that against the axis. Coordinates are warped, so that what follows them runs to the nipple in bends.
    """

    distance: Column
    inward: Column
    across: Column
    angle: Column


@dataclass(frozen=True)
class Layer:
    """One layer of tissue: distance to the nearest wall (mm), how readily gland grows there, strength of its septa."""

    wall: Column
    ease: Column
    septum: Column


def glandular_share(  # noqa: PLR0913 (the maps that shape it)
    outline: Outline, grid: Grid, distance: Map, room: Map, share: float, rng: np.random.Generator, tissue: Tissue
) -> Map:
    """Return the glandular share of every ray, so that `share` of the volume of `room` is gland."""
    inside = distance > 0
    frame = frame_of(outline, grid, distance, rng)
    place = envelope(frame, outline.nipple[0], rng, tissue)
    place += np.float32(0.55) * power_law(rng, grid.shape, 3.4, 90 / BASE_MM)[inside]
    strength = np.float32(np.clip(0.32 + 1.5 * share, 0, 0.65))
    layers = [layer(frame, place, depth, rng, tissue) for depth in np.linspace(-1, 1, tissue.layers)]
    layers = [replace(x, septum=x.septum * strength) for x in layers]
    level = _level(layers, room[inside], share)
    total = grid.zeros()
    total[inside] = sum(filled(one, level) for one in layers) / np.float32(len(layers))
    haze = gaussian_filter(total, HAZE_MM / BASE_MM) * inside
    total += np.float32(HAZE) * (haze - total)
    exact = np.float32(share * float(room.sum()) / max(float((total * room).sum()), 1e-6))
    return np.clip(total * exact, 0, 1)


def frame_of(outline: Outline, grid: Grid, distance: Map, rng: np.random.Generator) -> Frame:
    """Return warped polar coordinates about the nipple."""
    inside = distance > 0
    x, y = (m[inside] for m in np.meshgrid(grid.x, grid.y))
    bend = [np.float32(5.0) * power_law(rng, grid.shape, 4.6, 90 / BASE_MM)[inside] for _ in range(2)]
    inward, up = outline.nipple[0] - x + bend[0], outline.nipple[1] - y + bend[1]
    angle = np.arctan2(up, inward + 6) - np.float32(outline.axis)
    r = np.hypot(inward, up)
    return Frame(distance[inside], r, angle * np.sqrt(np.float32(FAN_MM) * (r + 8)), angle)


def envelope(frame: Frame, reach: float, rng: np.random.Generator, tissue: Tissue) -> Column:
    """Return where gland is likely: behind the nipple, not below the skin and not before the chest wall."""
    below_skin = np.float32(rng.uniform(*tissue.subcutaneous_mm)) * np.clip(frame.inward / 25, 0.1, 1)
    skin: Column = np.logaddexp(np.float32(0), (below_skin - frame.distance) / np.float32(2.5))
    back = np.clip(frame.inward / np.float32(reach * rng.uniform(0.85, 1.2)), 0, 2) ** 5
    side = np.abs(frame.angle - np.float32(rng.normal(0, 0.1))) / np.float32(rng.uniform(0.8, 1.3))
    return 1 - np.float32(0.8) * skin - np.float32(1.3) * back - np.float32(0.8) * side**2.5


def layer(frame: Frame, place: Column, depth: float, rng: np.random.Generator, tissue: Tissue) -> Layer:
    """Draw one layer at a depth from -1 (one face) to 1 (the other)."""
    width = np.float32(np.exp(rng.uniform(*np.log(tissue.compartment_mm))))
    long = np.float32(width * rng.uniform(*tissue.elongation))
    offset = rng.random(8).astype(np.float32)
    turn = np.float32(rng.normal(0, 0.4))
    along, across = frame.inward + turn * frame.across, frame.across - turn * frame.inward
    bend = cloud(4.0)
    u, v = along / np.float32(15 * long), across / np.float32(15 * width)
    along += np.float32(0.45) * long * look_up(bend, u + offset[0], v + offset[1])
    across += np.float32(0.65) * width * look_up(bend, v + offset[2], u + offset[3])
    distance, value = walls()
    u, v = along / (CELLS * long) + offset[4], across / (CELLS * width) + offset[5]
    wall = look_up(distance, u, v) * width
    patch = look_up(cloud(3.0), frame.inward / np.float32(170) + offset[6], frame.across / np.float32(110) + offset[7])
    ease = place - np.float32(0.9 * abs(depth) ** 3) + np.float32(0.7) * patch
    ease += np.float32(0.35) * look_up(value, u, v)
    return Layer(wall, ease, np.clip(np.float32(0.55) + np.float32(0.6) * patch, 0, 1.8))


def filled(one: Layer, level: float) -> Column:
    """Return the glandular share of one layer when walls thicken where `ease` exceeds `level`."""
    thick = np.logaddexp(np.float32(0), (one.ease - np.float32(level)) / np.float32(EASE))
    half = np.float32(0.24) + np.float32(1.25) * thick
    soft = np.float32(0.14) + np.float32(0.18) * np.minimum(half, 4)
    share = 1 / (1 + np.exp(np.clip((one.wall - half) / soft, -30, 30)))
    strength = np.minimum(one.septum, 1)
    return share * (strength + (1 - strength) * (1 - np.exp(-thick)))


def _level(layers: list[Layer], volume: Column, share: float) -> float:
    """Find the level at which the layers hold the wanted share of the volume."""
    few = [Layer(x.wall[::COARSE], x.ease[::COARSE], x.septum[::COARSE]) for x in layers]
    volume = volume[::COARSE]
    low, high = -12.0, 12.0
    for _ in range(BISECTIONS):
        level = (low + high) / 2
        found = sum(float((filled(x, level) * volume).sum()) for x in few) / len(few) / float(volume.sum())
        low, high = (level, high) if found > share else (low, level)
    return (low + high) / 2
