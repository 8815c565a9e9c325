"""What an oblique view shows above the breast: the pectoral muscle and lymph nodes with a fatty middle."""

import numpy as np

from vcem.simulate.grid import BASE_MM, Grid, Map
from vcem.simulate.outline import Outline, muscle_depth
from vcem.simulate.priors import Tissue
from vcem.simulate.texture import power_law

THICKEST = 0.42  # share of the compressed thickness that muscle fills
THICKENS_MM = 22.0


def muscle_path(outline: Outline, grid: Grid, rng: np.random.Generator, paddle_mm: float) -> Map:
    """Return mm of pectoral muscle: a wedge with streaks of fat along its fibres; nothing in CC."""
    depth = muscle_depth(outline, grid)
    if outline.pectoral is None:
        return grid.zeros()
    ragged = depth + 0.8 * power_law(rng, grid.shape, 2.6, 30 / BASE_MM)
    fill = 1 - np.exp(-np.maximum(ragged, 0) / (THICKENS_MM * rng.uniform(0.6, 1.3)))
    streaks = power_law(rng, grid.shape, 3.0, 60 / BASE_MM)
    share = THICKEST * rng.uniform(0.7, 1.0) * (1 + 0.05 * streaks)
    return (np.clip(fill * share, 0, 1) * paddle_mm).astype(np.float32)


def draw_nodes(rng: np.random.Generator, outline: Outline, grid: Grid, tissue: Tissue, room: Map) -> Map:
    """Return mm of gland-like tissue of the axillary nodes: beans whose hilum is fat."""
    nodes = grid.zeros()
    if outline.pectoral is None:
        return nodes
    for _ in range(int(rng.integers(int(tissue.nodes[0]), int(tissue.nodes[1]) + 1))):
        size = float(np.clip(rng.lognormal(np.log(8), 0.35), 4, 18))
        x, y = rng.uniform(0.15, 0.85) * outline.pectoral[0], rng.uniform(2, 0.35 * outline.nipple[1])
        turn, oval = rng.uniform(0, np.pi), rng.uniform(0.5, 0.8)
        dx, dy = np.meshgrid(grid.x - np.float32(x), grid.y - np.float32(y))
        u, v = dx * np.cos(turn) + dy * np.sin(turn), (dy * np.cos(turn) - dx * np.sin(turn)) / oval
        bean = np.maximum(1 - (u**2 + v**2) / (size / 2) ** 2, 0)
        hilum = np.exp(-(((u - 0.1 * size) ** 2 + (v - 0.15 * size) ** 2) / (0.22 * size) ** 2))
        nodes = np.maximum(nodes, size * oval * np.sqrt(bean) * (1 - 0.8 * hilum))
    return np.minimum(nodes, 0.4 * room).astype(np.float32)
