"""Random textures: clouds of a power-law spectrum and walls between cells, as tiles that repeat without a seam.

A tile is made once a process; a layer of tissue looks at it through its own offset, scale and warp, so that no two
layers show the same. Offsets are drawn, tiles are fixed.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float32
from scipy import fft, ndimage
from scipy.spatial import KDTree

from vcem.core.seeds import rng_for

Tile = Float32[np.ndarray, "side side"]
Map = Float32[np.ndarray, "h w"]
Places = Float32[np.ndarray, "..."]
SIDE = 512
CELLS = 16  # cells along a side of the tile
JITTER = 0.85
NEIGHBOURS = 7  # enough to hold the one behind the nearest wall


@lru_cache(maxsize=8)
def cloud(beta: float) -> Tile:
    """Return a tile of zero mean and unit variance whose power falls with frequency^-beta."""
    white = rng_for(0, "cloud", str(beta)).standard_normal((SIDE, SIDE))
    radius = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE))
    radius[0, 0] = np.inf
    field = fft.irfft2(fft.rfft2(white) * radius ** (-beta / 2), s=white.shape)
    return (field / field.std()).astype(np.float32)


@lru_cache(maxsize=1)
def walls() -> tuple[Tile, Tile]:
    """Return the distance to the nearest wall between Voronoi cells, in mean cell widths, and a value of each cell."""
    rng = rng_for(0, "walls")
    corners = np.stack(np.meshgrid(np.arange(CELLS), np.arange(CELLS), indexing="ij"), -1).reshape(-1, 2)
    points = (corners + 0.5 + JITTER * (rng.random(corners.shape) - 0.5)) % CELLS
    at = (np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij"), -1) + 0.5) * CELLS / SIDE
    near, index = KDTree(points, boxsize=CELLS).query(at.reshape(-1, 2), k=1 + NEIGHBOURS)
    between = points[index[:, 1:]] - points[index[:, :1]]
    between -= CELLS * np.rint(between / CELLS)
    walls_of = (near[:, 1:] ** 2 - near[:, :1] ** 2) / (2 * np.hypot(between[..., 0], between[..., 1]))
    distance = walls_of.min(1)
    value = rng.standard_normal(len(points))[index[:, 0]]
    return distance.reshape(SIDE, SIDE).astype(np.float32), value.reshape(SIDE, SIDE).astype(np.float32)


def look_up(tile: Tile, u: Places, v: Places) -> Places:
    """Return a tile's values at places given in tile widths."""
    at = np.stack(np.broadcast_arrays(u * np.float32(SIDE), v * np.float32(SIDE)))
    return ndimage.map_coordinates(tile, at, order=1, mode="grid-wrap", output=np.float32)


def power_law(rng: np.random.Generator, shape: tuple[int, int], beta: float, longest_px: float) -> Map:
    """Return noise of unit variance whose power falls with frequency^-beta, level beyond `longest_px`."""
    tall, wide = (fft.next_fast_len(n, real=True) for n in shape)
    white = rng.standard_normal((tall, wide), dtype=np.float32)
    radius = np.hypot(np.fft.fftfreq(tall)[:, None], np.fft.rfftfreq(wide)).astype(np.float32)
    spectrum = fft.rfft2(white) * np.maximum(radius, 1 / longest_px) ** np.float32(-beta / 2)
    spectrum[0, 0] = 0
    field = fft.irfft2(spectrum, s=white.shape)[: shape[0], : shape[1]]
    return (field / field.std()).astype(np.float32)
