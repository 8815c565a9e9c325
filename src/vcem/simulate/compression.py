"""Thickness under the paddle: flat inside, rolled at the edge, a little tilted; and the skin on both faces."""

from dataclasses import dataclass

import numpy as np

from vcem.simulate.grid import Grid, Map

NIPPLE_PATH_MM = 3.0  # at most, where it stands highest
FOLDED = 0.6  # share of MLO views with a fold in the axilla; assumed


@dataclass(frozen=True)
class Slab:
    """The breast along the ray, in mm: whole, skin alone, and the nipple that stands out of the paddle's plane."""

    whole: Map
    skin: Map
    nipple: Map

    @property
    def inner(self) -> Map:
        """What is neither skin nor nipple."""
        return np.maximum(self.whole - self.skin - self.nipple, 0)  # rounding may go below


def compress(distance: Map, grid: Grid, paddle_mm: float, radius_mm: float, tilt: float) -> Map:
    """Return the thickness of a breast with an edge rolled like a semicircle of `radius_mm`."""
    depth = 1 - np.clip(distance / np.float32(radius_mm), 0, 1)
    edge = np.sqrt(np.maximum(1 - depth**2, 0))
    slope = np.float32(1) + np.float32(tilt) * (grid.x / max(float(grid.x[-1]), 1.0) - np.float32(0.5))
    return edge * slope * np.float32(paddle_mm)


def skin_path(thickness: Map, distance: Map, paddle_mm: float, radius_mm: float, skin_mm: float) -> Map:
    """Return the way through both faces of the skin; it is long where the rolled edge stands steep."""
    depth = 1 - np.clip(distance / np.float32(radius_mm), 0, 1)
    edge = np.sqrt(np.maximum(1 - depth**2, 1e-4))
    steep = np.float32(paddle_mm / (2 * radius_mm)) * depth / edge
    return np.minimum(np.float32(2 * skin_mm) * np.sqrt(1 + steep**2), thickness)


def nipple_path(rng: np.random.Generator, grid: Grid, nipple: tuple[float, float], distance: Map) -> Map:
    """Return the nipple's own thickness: a dome that lies upon the breast, seen from the side or from above."""
    radius, height = rng.uniform(3.5, 5.5), NIPPLE_PATH_MM * rng.uniform(0.1, 1.0) ** 2
    inwards = radius * rng.uniform(0.3, 1.6)
    x, y = np.meshgrid(grid.x - np.float32(nipple[0] - inwards), (grid.y - np.float32(nipple[1])) / np.float32(1.25))
    dome = np.clip(1 - (x**2 + y**2) / np.float32(radius**2), 0, 1)
    return np.where(distance > 0, np.float32(height) * dome**1.5 * np.minimum(distance / 1.5, 1), 0).astype(np.float32)


def crease(rng: np.random.Generator, grid: Grid, nipple: tuple[float, float], distance: Map) -> Map:
    """Return the share of the thickness that a fold of skin in the axilla of an MLO view leaves: 1 outside the fold."""
    row, slope = rng.uniform(0.15, 0.5) * nipple[1], rng.uniform(-0.05, 0.35)
    depth, width, length = rng.uniform(0.015, 0.06), rng.uniform(1.0, 3.0), rng.uniform(10, 35)
    there = rng.random() < FOLDED
    x, y = np.meshgrid(grid.x, grid.y)
    off = x - np.float32(0.6 * nipple[0])
    bow = np.float32(slope) * off - np.float32(rng.uniform(0.0, 0.012)) * off**2
    away = (y - np.float32(row) + bow) / np.float32(width)
    fade = np.exp(-np.maximum(distance, 0) / np.float32(length))
    return (1 - np.float32(depth * there) * fade * np.exp(-(away**2))).astype(np.float32)
