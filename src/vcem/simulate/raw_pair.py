"""DES of two raw exposures of a breast of which only the header is known, by the simulator's own physics.

The paddle's height and the beams come from the header; the rest is found in the images. The edge of the breast is
modelled by distance from the skin: where uniform tissue shows the median DES of its ring, that is its thickness, which
never falls inwards and never passes the paddle's. So iodine that lies deeper than the rolled edge stays, and so does
iodine that fills less than half of its ring.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32

from vcem.core.arrays import Mask
from vcem.core.errors import FailureError, UsageError
from vcem.simulate.recombine import (
    EDGE_STEP,
    LEAST_SIGNAL,
    REFERENCE_SHARE,
    Assumed,
    Correction,
    Weighting,
    by_ring,
    iodine_of,
    sample,
    subtract,
    uniform,
    weighting,
    without_scatter,
)
from vcem.simulate.scatter import Scatter, spread_inside
from vcem.simulate.scene import Millimetres
from vcem.simulate.skin import find_breast
from vcem.simulate.transmission import BeamPath

Signal = Float32[np.ndarray, "h w"]
THICKNESS, FIT = "thickness", "fit"  # where the weight comes from, if it is not a number
LEAST_WEIGHT, MOST_WEIGHT = 0.05, 0.8
ROUNDS = 2  # of scatter and edge, each estimated from the other
INNER = 0.75  # of the paddle's height: deeper than this no edge is rolled
FINE_MM, COARSE_MM = 1.0, 8.0  # what gland and fat differ by: coarser than noise, finer than tilt
OUTLIERS, TRIMS = 3.0, 3  # robust standard deviations beyond which a pixel is no fat or gland, and how often


@dataclass(frozen=True)
class Steps:
    """What a recombination does.

    The weight is that of the thickness by the tables, or fitted on the image's own fat and gland, or a number. Each
    correction can be left out: scatter, thickness, noise reduction and flattening of the background. The median of the
    breast is 0 in any case.
    """

    weight: str | float = THICKNESS
    scatter: bool = True
    thickness: bool = True
    noise_reduction: bool = True
    flattening: bool = True

    def __post_init__(self) -> None:
        known = self.weight in (THICKNESS, FIT)
        if not known and not (isinstance(self.weight, float) and LEAST_WEIGHT <= self.weight <= MOST_WEIGHT):
            raise UsageError(f"A weight of {self.weight} is impossible.",
                             f"{THICKNESS}, {FIT}, or a number of {LEAST_WEIGHT} to {MOST_WEIGHT}")  # fmt: skip

    @property
    def correction(self) -> Correction:
        """The simulator's correction without what is left out."""
        default = Correction()
        return replace(default, noise_reduction=default.noise_reduction * self.noise_reduction,
                       flattening=default.flattening * self.flattening)  # fmt: skip

    @property
    def name(self) -> str:
        """All of it as text."""
        return f"weight {self.weight}, {self.told}"

    @property
    def told(self) -> str:
        """The corrections as text."""
        named = {"scatter correction": self.scatter, "thickness correction": self.thickness,
                 "noise reduction": self.noise_reduction, "flattening of the background": self.flattening}  # fmt: skip
        return ", ".join(f"{name} {'on' if on else 'off'}" for name, on in named.items())


@dataclass(frozen=True)
class Recombined:
    """DES in mg/cm2, 0 outside the breast, and how it was weighted."""

    des: Signal
    breast: Mask
    by: Weighting


def recombine_raw(
    signals: tuple[Signal, Signal], spacing_mm: float, paddle_mm: float, paths: tuple[BeamPath, BeamPath], steps: Steps
) -> Recombined:
    """Recombine LE and HE signals relative to the open field, the chest wall at column 0.

    Raises:
        FailureError: if no breast is found, or no weight can be fitted.
    """
    breast, distance = find_breast(signals[0], spacing_mm)
    assumed = Assumed(breast, rolled_edge(distance, paddle_mm), REFERENCE_SHARE, spacing_mm, paths)
    inner = distance >= min(INNER * paddle_mm, float(np.percentile(distance[breast], 90)))
    weigh = _weigher(paths, paddle_mm, steps)
    amplitudes = (Scatter().le_at_50_mm, Scatter().he_at_50_mm) if steps.scatter else (0.0, 0.0)
    for _ in range(ROUNDS):
        primaries = without_scatter(signals, assumed, Scatter(), amplitudes)
        by = weigh(primaries, breast, inner, spacing_mm)
        model = edge_profile(subtract(*primaries, by.w), assumed, distance, inner, by.w, paddle_mm)
        assumed = replace(assumed, thickness=model)
    primaries = without_scatter(signals, assumed, Scatter(), amplitudes)
    des = iodine_of(primaries, assumed, by, steps.correction, 0.0 if steps.thickness else 1.0)
    return Recombined(des, breast, by)


def rolled_edge(distance: Millimetres, paddle_mm: float) -> Millimetres:
    """Return the thickness of a breast whose edge is a half circle, by distance from the skin."""
    inward = np.maximum(1 - distance / (paddle_mm / 2), 0)
    return np.where(distance > 0, paddle_mm * np.sqrt(1 - inward**2), 0).astype(np.float32)


def edge_profile(
    des: Signal, assumed: Assumed, distance: Millimetres, inner: Mask, w: float, paddle_mm: float
) -> Millimetres:
    """Return the thickness that a DES without thickness correction shows, by distance from the skin."""
    root = np.sqrt(sample(distance[assumed.breast]))
    level = by_ring(sample(des[assumed.breast]), root, 50.0)
    knots = np.linspace(0, paddle_mm, 256)
    le, he = (uniform(path, knots, assumed.gland) for path in assumed.paths)
    shown = he - w * le
    offset = float(np.median(des[inner])) - shown[-1]
    profile = np.maximum.accumulate(np.interp(level - offset, shown, knots))
    rings = np.arange(level.size) * EDGE_STEP
    profile[rings**2 >= INNER * paddle_mm] = paddle_mm
    smooth = np.convolve(np.pad(profile, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    thickness = np.interp(np.sqrt(distance), rings, smooth).astype(np.float32)
    return np.where(assumed.breast, thickness, np.float32(0))


def fitted_weight(primaries: tuple[Signal, Signal], breast: Mask, inner: Mask, spacing_mm: float) -> float:
    """Return the weight that cancels the image's own fat and gland where the breast is flat.

    It is the slope of -ln HE on -ln LE in detail of 1 to 8 mm. Pixels far off the line, such as enhancing lesions and
    calcifications, are left out.

    Raises:
        FailureError: if the images show no such line.
    """
    inside = breast.astype(np.float32)
    le, he = (_band(-np.log(np.maximum(p, LEAST_SIGNAL)), inside, spacing_mm)[inner].astype(float) for p in primaries)
    kept = np.ones(le.size, dtype=np.bool_)
    for _ in range(TRIMS):
        w = float(le[kept] @ he[kept] / max(le[kept] @ le[kept], 1e-12))
        off = np.abs(he - w * le)
        kept = off <= OUTLIERS * 1.4826 * np.median(off)
    if not LEAST_WEIGHT <= w <= MOST_WEIGHT:
        raise FailureError(f"The weight fitted on this image is {w:.3f}.", f"{LEAST_WEIGHT} to {MOST_WEIGHT}",
                           f"use --weight {THICKNESS}, or a number")  # fmt: skip
    return w


def _band(image: Signal, inside: Signal, spacing_mm: float) -> Signal:
    fine, coarse = (spread_inside(image, inside, spacing_mm, sigma) for sigma in (FINE_MM, COARSE_MM))
    return fine - coarse


def _weigher(
    paths: tuple[BeamPath, BeamPath], paddle_mm: float, steps: Steps
) -> Callable[[tuple[Signal, Signal], Mask, Mask, float], Weighting]:
    """Return what weighs two exposures without scatter."""
    if steps.weight == FIT:
        return lambda primaries, breast, inner, spacing_mm: weighting(
            paths, paddle_mm, fitted_weight(primaries, breast, inner, spacing_mm)
        )
    by = weighting(paths, paddle_mm, None if steps.weight == THICKNESS else float(steps.weight))
    return lambda *_: by
