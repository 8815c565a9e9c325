"""Stored values "for presentation": what a vendor's processing shows of LE, and DES in units of iodine.

LE: -ln of the signal; the thin rim is lifted to the level of the inner breast; fine detail is sharpened; a tone curve
fills 12 bits. DES: PV = 2000 + 36 x mg/cm2, GE's slope being 30 to 43; its window gives 8-bit 58 + 75 x mg/cm2, the
brightness of the CDD-CESM release. Outside the breast both are black. Raw exposures stay as the detector gives them:
14 bits in proportion to the signal, the open field at 15000.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt16

from vcem.core.arrays import Mask
from vcem.core.errors import UsageError
from vcem.dicom.write import RAW_BITS
from vcem.simulate.recombine import EDGE_STEP, LEAST_SIGNAL, by_ring, sample
from vcem.simulate.scatter import spread_inside
from vcem.simulate.scene import Scene

Signal = Float32[np.ndarray, "h w"]
Stored = UInt16[np.ndarray, "h w"]

HIGHEST = 4095  # 12 bits
LE_WINDOW = (2048.0, 4096.0)  # centre, width (PS3.3 C.11.2.1.2)
DES_ZERO, DES_PER_MG_CM2 = 2000.0, 36.0
GREY_AT_ZERO, GREY_PER_MG_CM2 = 58.0, 75.0
DES_WIDTH = 255 * DES_PER_MG_CM2 / GREY_PER_MG_CM2
DES_BOTTOM = DES_ZERO - GREY_AT_ZERO * DES_PER_MG_CM2 / GREY_PER_MG_CM2
DES_WINDOW = (round(DES_BOTTOM + DES_WIDTH / 2 + 0.5, 2), round(DES_WIDTH + 1, 2))
OPEN_FIELD = 15000.0  # stored value; the room above it is for scatter and noise
FADING = 0.3  # of the rim's depth: there the lift fades to nothing


@dataclass(frozen=True)
class Look:
    """How LE is processed.

    `rim_percentile` of each ring by distance from the skin is lifted to that of the inner breast by `rim_lift`; rings
    deeper than `rim_depth` x compressed thickness are inner breast. Detail finer than `detail_mm` is raised by
    `detail_gain`. Grey runs from the `black_percentile` to the `white_percentile` of the breast, `headroom` is left
    above and `foot` below, and `gamma` bends between them (above 1: darker fat).
    """

    rim_percentile: float = 15.0
    rim_lift: float = 0.95
    rim_depth: float = 0.7
    detail_mm: float = 2.0
    detail_gain: float = 0.5
    black_percentile: float = 1.0
    white_percentile: float = 99.7
    foot: float = 0.12
    headroom: float = 0.05
    gamma: float = 1.1

    def __post_init__(self) -> None:
        if not 0 <= self.black_percentile < self.white_percentile <= 100 or not 0 <= self.rim_percentile <= 100:
            raise UsageError("The percentiles of the look are impossible.", "0 <= black < white <= 100")
        if min(self.detail_mm, self.gamma, self.rim_depth) <= 0 or not 0 <= self.foot + self.headroom < 1:
            raise UsageError("The look of LE is impossible.", "widths and gamma above 0, foot + headroom below 1")


@dataclass(frozen=True)
class Tone:
    """What processing one image chose: the lift of each ring, and the levels that become black and white."""

    lift: tuple[float, ...]
    black: float
    white: float


def present_le(le: Signal, scene: Scene, look: Look | None = None, tone: Tone | None = None) -> Stored:
    """Return LE for presentation; with a `tone` of another image of the scene, both are shown alike."""
    look = look or Look()
    if not scene.breast.any():
        return np.zeros(le.shape, np.uint16)
    lift = tone.lift if tone else rim_lift(le, scene, look)
    grey = processed(le, scene, look, lift)
    tone = tone or _levels(grey, scene, look, lift)
    span = max(tone.white - tone.black, 1e-6)
    unit = np.clip((grey - np.float32(tone.black)) / np.float32(span), -look.foot, 1 + look.headroom)
    unit = (unit + np.float32(look.foot)) / np.float32(1 + look.foot + look.headroom)
    stored = np.rint(np.float32(HIGHEST) * unit ** np.float32(look.gamma)).astype(np.uint16)
    return np.where(scene.breast, stored, np.uint16(0))


def present_des(des: Signal, breast: Mask) -> Stored:
    """Return stored values of DES or of an iodine map in mg/cm2."""
    stored = np.rint(np.clip(des * np.float32(DES_PER_MG_CM2) + np.float32(DES_ZERO), 0, HIGHEST)).astype(np.uint16)
    return np.where(breast, stored, np.uint16(np.floor(DES_BOTTOM)))


def present_raw(signal: Signal) -> Stored:
    """Return raw stored values of a signal relative to the open field."""
    return np.rint(np.clip(signal * np.float32(OPEN_FIELD), 0, 2**RAW_BITS - 1)).astype(np.uint16)


def tone_of(le: Signal, scene: Scene, look: Look | None = None) -> Tone:
    """Return what the processing of this image chooses by itself."""
    look = look or Look()
    lift = rim_lift(le, scene, look)
    return _levels(processed(le, scene, look, lift), scene, look, lift)


def _levels(grey: Signal, scene: Scene, look: Look, lift: tuple[float, ...]) -> Tone:
    black, white = np.percentile(sample(grey[scene.breast]), [look.black_percentile, look.white_percentile])
    return Tone(lift, float(black), float(white))


def processed(le: Signal, scene: Scene, look: Look, lift: tuple[float, ...]) -> Signal:
    """Return -ln LE with its rim lifted and its detail raised."""
    grey = -np.log(np.maximum(le, LEAST_SIGNAL))
    rings = np.arange(len(lift), dtype=np.float32) * np.float32(EDGE_STEP)
    grey += np.interp(np.sqrt(scene.distance), rings, lift).astype(np.float32)
    return grey + np.float32(look.detail_gain) * detail(grey, scene.breast, scene.spacing_mm, look.detail_mm)


def rim_lift(le: Signal, scene: Scene, look: Look) -> tuple[float, ...]:
    """Return what each ring of EDGE_STEP in root distance needs to stand at the level of the inner breast."""
    values = -np.log(np.maximum(sample(le[scene.breast]), LEAST_SIGNAL))
    root = np.sqrt(sample(scene.distance[scene.breast]))
    rings = np.arange(int(root.max() / EDGE_STEP) + 2) * EDGE_STEP
    slope = np.interp(root, rings, by_ring(values, root, 50.0))  # so that a steep rim does not widen its rings
    levels = by_ring(values - slope, root, look.rim_percentile) + by_ring(values, root, 50.0)
    inner = root > np.sqrt(look.rim_depth * scene.paddle_mm)
    level = np.percentile(values[inner], look.rim_percentile) if inner.any() else levels.max()
    depth = np.sqrt(look.rim_depth * scene.paddle_mm) / EDGE_STEP
    fade = np.clip((depth - np.arange(levels.size)) / (FADING * depth), 0, 1)
    lift = look.rim_lift * (level - levels) * fade
    smooth = np.convolve(np.pad(lift, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    return tuple(smooth.tolist())


def detail(grey: Signal, breast: Mask, spacing_mm: float, detail_mm: float) -> Signal:
    """Return what is finer than a Gaussian of `detail_mm`; pixels outside the breast do not count."""
    inside = breast.astype(np.float32)
    return (grey - spread_inside(grey, inside, spacing_mm, detail_mm)) * inside
