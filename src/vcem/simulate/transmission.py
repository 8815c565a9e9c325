"""Polyenergetic transmission: the signal of an energy-integrating detector behind the breast, relative to open field.

    S = sum_k n_k r_k exp(-mu_A,k A - mu_G,k G - mu_I,k m - mu_C,k C) / sum_k n_k r_k

with n_k photons of a bin before the breast and r_k the detector's response. -ln S stands in a table over
(total soft tissue, share of gland, iodine) and is interpolated linearly. Where there is calcium, or tissue beyond the
table, the sum is taken itself: nothing is approximated there.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import map_coordinates

from vcem.simulate.materials import ADIPOSE, GLANDULAR, HYDROXYAPATITE, Bins, per_mg_cm2, per_mm
from vcem.simulate.scene import Scene
from vcem.simulate.spectrum import Beam, detector_response, filtered

Exponents = Float32[np.ndarray, "h w"]
Values = Float[np.ndarray, "*shape"]

# Axes of the table. Attenuation bends most where little tissue lies, hence the logarithm; the share G / (t + SOFT_MM)
# lets gland be negative or above the total, as in blood and muscle, and stays defined without any tissue.
TOTAL_MM, TOTAL_NODES, BEND_MM = 125.0, 64, 60.0
SHARE_LOW, SHARE_HIGH, SHARE_NODES, SOFT_MM = -0.2, 1.4, 49, 10.0
IODINE_MG_CM2, IODINE_NODES = 10.0, 11
CHUNK = 65536


@dataclass(frozen=True)
class BeamPath:
    """A beam as it enters the breast and the detector that sees it; hashable, so that its table is made once."""

    beam: Beam
    paddle_mm: float
    air_mm: float
    csi_mm: float

    def photons(self) -> Bins:
        """Return photons/mm2/mAs per bin before the breast."""
        return filtered(self.beam, self.paddle_mm, self.air_mm)

    def weights(self) -> Bins:
        """Return the share of the open-field signal that each bin gives; they sum to 1."""
        signal = self.photons() * detector_response(self.csi_mm)
        return signal / signal.sum()


def attenuate(path: BeamPath, tissue: tuple[Values, Values, Values, Values]) -> Values:
    """Return -ln S exactly for flat arrays of adipose mm, glandular mm, iodine mg/cm2 and calcium mm."""
    weights = path.weights()
    used = weights > 1e-9 * weights.max()
    mu = np.stack([per_mm(ADIPOSE), per_mm(GLANDULAR), per_mg_cm2("I"), per_mm(HYDROXYAPATITE)])[:, used]
    exponents = np.stack(tissue, axis=-1) @ mu
    least = exponents.min(axis=-1, keepdims=True)  # so that no thick path underflows
    return least[..., 0] - np.log(np.exp(least - exponents) @ weights[used])


@lru_cache(maxsize=8)
def table(path: BeamPath) -> Float32[np.ndarray, "t s i"]:
    """Return -ln S on the nodes of the table."""
    stretched = np.linspace(0, np.log1p(TOTAL_MM / BEND_MM), TOTAL_NODES)
    total = (np.expm1(stretched) * BEND_MM)[:, None, None]
    share = np.linspace(SHARE_LOW, SHARE_HIGH, SHARE_NODES)[None, :, None]
    iodine = np.linspace(0, IODINE_MG_CM2, IODINE_NODES)[None, None, :]
    total, share, iodine = np.broadcast_arrays(total, share, iodine)
    gland = share * (total + SOFT_MM)
    return attenuate(path, (total - gland, gland, iodine, np.zeros_like(total))).astype(np.float32)


def coordinates(
    adipose: Float32[np.ndarray, "n"], glandular: Float32[np.ndarray, "n"], iodine: Float32[np.ndarray, "n"]
) -> Float32[np.ndarray, "3 n"]:
    """Return where tissue stands in the table, in nodes."""
    total = adipose + glandular
    place = np.empty((3, total.size), np.float32)
    place[0] = np.log1p(np.maximum(total, -BEND_MM / 2) / BEND_MM) * ((TOTAL_NODES - 1) / np.log1p(TOTAL_MM / BEND_MM))
    share = glandular / np.maximum(total + SOFT_MM, 1)
    place[1] = (share - SHARE_LOW) * ((SHARE_NODES - 1) / (SHARE_HIGH - SHARE_LOW))
    place[2] = iodine * ((IODINE_NODES - 1) / IODINE_MG_CM2)
    return place


def log_attenuation(path: BeamPath, scene: Scene) -> Exponents:
    """Return -ln S of the primary beam for every pixel of a scene."""
    maps = [m.ravel() for m in (scene.adipose, scene.glandular, scene.iodine, scene.calcium)]
    there = np.flatnonzero(np.logical_or.reduce([m != 0 for m in maps]))
    adipose, glandular, iodine, calcium = (m[there] for m in maps)
    out = np.zeros(scene.adipose.size, np.float32)
    place = coordinates(adipose, glandular, iodine)
    values = map_coordinates(table(path), place, order=1, mode="nearest", output=np.float32)
    last = np.array([[TOTAL_NODES - 1], [SHARE_NODES - 1], [IODINE_NODES - 1]])
    exact = np.flatnonzero(((place < 0) | (place > last)).any(axis=0) | (calcium != 0))
    for i in range(0, exact.size, CHUNK):
        some = exact[i : i + CHUNK]
        values[some] = attenuate(path, (adipose[some], glandular[some], iodine[some], calcium[some]))
    out[there] = values
    return out.reshape(scene.adipose.shape)
