"""Blood vessels: trees that come from the chest wall and the axilla, run in the fat towards the nipple and branch."""

import numpy as np

from vcem.simulate.outline import Outline
from vcem.simulate.priors import Tissue
from vcem.simulate.tubes import Tube, wander

STEP_MM = 1.5
THINNEST_MM = 0.25


def draw_vessels(rng: np.random.Generator, outline: Outline, tissue: Tissue) -> list[Tube]:
    """Draw the vessels of one view, in mm."""
    many = int(rng.integers(int(tissue.vessels[0]), int(tissue.vessels[1]) + 1))
    return [tube for _ in range(many) for tube in _tree(rng, outline, tissue)]


def _tree(rng: np.random.Generator, outline: Outline, tissue: Tissue) -> list[Tube]:
    reach, nipple = outline.nipple
    top, bottom = np.percentile(outline.skin[:, 1], [8, 92])
    start = (rng.uniform(0.0, 0.25) * reach, float(rng.uniform(max(top, 5.0), bottom)))
    towards = np.arctan2(nipple - start[1], reach - start[0])
    heading = 0.7 * towards + rng.normal(0, 0.25)
    radius = rng.uniform(*tissue.vessel_mm) / 2
    length = rng.uniform(0.6, 1.0) * np.hypot(nipple - start[1], reach - start[0])
    return _branch(rng, start, heading, length, radius)


def _branch(
    rng: np.random.Generator, start: tuple[float, float], heading: float, length: float, radius: float
) -> list[Tube]:
    """Return a vessel and what branches off it; each child is thinner than its parent."""
    points = wander(rng, start, heading, length, STEP_MM, 0.3)
    radii = radius * np.linspace(1.0, 0.55, len(points))
    tubes = [Tube(points, radii)]
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.uniform(0.15, 0.85) * len(points))
        thin = radii[at] * rng.uniform(0.5, 0.8)
        if thin > THINNEST_MM and length > 15 and at > 0:
            own = np.arctan2(*(points[at] - points[at - 1])[::-1])
            turn = own + rng.choice([-1, 1]) * rng.uniform(0.3, 0.8)
            origin = (float(points[at, 0]), float(points[at, 1]))
            tubes += _branch(rng, origin, float(turn), length * rng.uniform(0.3, 0.55), thin)
    return tubes
