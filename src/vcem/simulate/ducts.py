"""Milk ducts: a fan of branching tubes behind the nipple."""

import numpy as np

from vcem.simulate.outline import Outline
from vcem.simulate.priors import Tissue
from vcem.simulate.tubes import Tube, wander

STEP_MM = 1.2


def draw_ducts(rng: np.random.Generator, outline: Outline, tissue: Tissue) -> list[Tube]:
    """Draw the ducts of one view, in mm; they fan out from the nipple about the breast's axis."""
    many = int(rng.integers(int(tissue.ducts[0]), int(tissue.ducts[1]) + 1))
    x, y = outline.nipple
    tubes = []
    for spread in np.linspace(-0.9, 0.9, many):
        heading = np.pi + outline.axis + spread + rng.normal(0, 0.1)
        start = (x - rng.uniform(2, 6), y + rng.normal(0, 1.0))
        tubes += _branch(rng, start, heading, rng.uniform(20, 50), rng.uniform(0.3, 0.75), 2)
    return tubes


def _branch(
    rng: np.random.Generator, start: tuple[float, float], heading: float, length: float, radius: float, more: int
) -> list[Tube]:
    points = wander(rng, start, heading, length, STEP_MM, 0.35)
    tubes = [Tube(points, radius * np.linspace(1, 0.5, len(points)))]
    if more:
        end = (float(points[-1, 0]), float(points[-1, 1]))
        last = float(np.arctan2(*(points[-1] - points[-2])[::-1]))
        for sign in (-1, 1):
            turn = last + sign * rng.uniform(0.2, 0.6)
            tubes += _branch(rng, end, turn, length * rng.uniform(0.4, 0.7), 0.6 * radius, more - 1)
    return tubes
