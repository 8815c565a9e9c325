"""From two exposures to one iodine image: DES = -(ln HE - w ln LE), corrected for scatter and thickness.

The steps take arrays, so that they serve the simulator, which knows the breast, and `vcem recombine`, which has to find
it. The weight w cancels gland against fat at constant thickness (Lewin et al. 2003, Radiology 229:261) but not
thickness: one centimetre more looks like 7 mg/cm2 of iodine. The correction subtracts the DES of a modelled breast,
uniform and with the mean edge profile of the real one. What the model misses (tilt, folds, skin, a wrong edge radius)
stays: it is the rim and the breast-within-breast arc that real recombined images show.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64
from scipy.ndimage import gaussian_filter

from vcem.core.arrays import Mask
from vcem.core.errors import UsageError
from vcem.simulate.scatter import Scatter, estimate, spread_inside
from vcem.simulate.scene import Millimetres, Scene
from vcem.simulate.transmission import BeamPath, attenuate

Signal = Float32[np.ndarray, "h w"]
Profile = Float64[np.ndarray, "rings"]
Values = Float[np.ndarray, "n"]
REFERENCE_SHARE = 0.2  # gland in the calibration phantom: the mean of women, Yaffe et al. 2009, Med. Phys. 36:5437
STEP = 0.01
LEAST_SIGNAL = 1e-6
SAMPLED = 200_000  # pixels that percentiles are taken from
EDGE_STEP = 0.25  # sqrt(mm): a rolled edge is near linear in the root of the distance


@dataclass(frozen=True)
class Correction:
    """How well the system corrects thickness and scatter; the defaults give the rims of real images.

    `radius_bias` and `radius_sd` are mean and spread of the relative error of the modelled edge radius (below 0: the
    rim is darker than the inner breast, as most often in real pairs). `residue_low` and `residue_high` bound the share
    of the modelled DES that stays, `scatter_sd` is the relative error of the scatter estimate. `flattening` is the
    share of the slow background (Gaussian of `flattening_mm`) that is taken off; beyond `flattening_limit` mg/cm2 a
    pixel does not count as background. Of what is finer than a Gaussian of `noise_reduction_mm`, the share
    `noise_reduction` is taken off, as vendors do: without it, DES is three times as grainy as real pairs.
    """

    radius_bias: float = -0.005
    radius_sd: float = 0.025
    residue_low: float = 0.005
    residue_high: float = 0.03
    scatter_sd: float = 0.05
    flattening: float = 0.8
    flattening_mm: float = 28.0
    flattening_limit: float = 1.5
    noise_reduction: float = 0.85
    noise_reduction_mm: float = 0.5

    def __post_init__(self) -> None:
        if min(self.radius_sd, self.scatter_sd, self.residue_low) < 0 or self.residue_high < self.residue_low:
            raise UsageError("The errors of the correction are impossible.", "0 or above, residue_low <= residue_high")
        if not 0 <= self.noise_reduction <= 1 or self.noise_reduction_mm <= 0:
            raise UsageError("The noise reduction is impossible.", "a share of 0 to 1, a width above 0")
        if not 0 <= self.flattening <= 1 or self.flattening_mm <= 0 or self.flattening_limit <= 0:
            raise UsageError("The flattening of the background is impossible.", "a share of 0 to 1, widths above 0")


@dataclass(frozen=True)
class Flaws:
    """What went wrong in the correction of one view."""

    radius: float
    residue: float
    le_scatter: float
    he_scatter: float


@dataclass(frozen=True)
class Assumed:
    """What a recombination takes for given: where the breast is, how thick, its share of gland, and the two beams."""

    breast: Mask
    thickness: Millimetres
    gland: float
    spacing_mm: float
    paths: tuple[BeamPath, BeamPath]


@dataclass(frozen=True)
class Weighting:
    """The weight of a recombination, and the DES that 1 mg/cm2 of iodine adds with it."""

    w: float
    slope: float


def without_scatter(
    signals: tuple[Signal, Signal], assumed: Assumed, scatter: Scatter, at_50_mm: tuple[float, float]
) -> tuple[Signal, Signal]:
    """Return LE and HE without the scatter estimated in them, of these amplitudes under 50 mm."""
    le, he = (
        signal - estimate(signal, assumed.thickness, assumed.spacing_mm, scatter, amplitude)
        for signal, amplitude in zip(signals, at_50_mm, strict=True)
    )
    return le, he


def iodine_of(
    primaries: tuple[Signal, Signal], assumed: Assumed, by: Weighting, correction: Correction, residue: float
) -> Signal:
    """Return the DES of two exposures without scatter, in mg/cm2 and 0 outside the breast.

    The modelled breast is taken off but for `residue` of it; with a residue of 1 no thickness is corrected.
    """
    des = subtract(*primaries, by.w)
    des -= np.float32(1 - residue) * reference(assumed.paths, assumed.thickness, assumed.gland, by.w)
    des = reduce_noise(des / np.float32(by.slope), assumed.breast, assumed.spacing_mm, correction)
    return flatten(des, assumed.breast, assumed.spacing_mm, correction)


def draw_flaws(correction: Correction, rng: np.random.Generator) -> Flaws:
    """Draw the errors of one view."""
    return Flaws(
        radius=float(np.clip(rng.normal(correction.radius_bias, correction.radius_sd), -0.5, 0.5)),
        residue=float(rng.uniform(correction.residue_low, correction.residue_high)),
        le_scatter=float(rng.normal(0, correction.scatter_sd)),
        he_scatter=float(rng.normal(0, correction.scatter_sd)),
    )


def uniform(path: BeamPath, thickness_mm: np.ndarray, share: float, iodine: float = 0.0) -> np.ndarray:
    """Return -ln S behind uniform slabs with a share of gland."""
    thickness = np.asarray(thickness_mm, dtype=np.float64)
    zero = np.zeros_like(thickness)
    return attenuate(path, (thickness * (1 - share), thickness * share, zero + iodine, zero))


def weight(le: BeamPath, he: BeamPath, thickness_mm: float) -> float:
    """Return w = d ln HE / d ln LE when gland replaces fat at constant thickness."""
    slab = np.array([thickness_mm])
    low, high = REFERENCE_SHARE - STEP, REFERENCE_SHARE + STEP
    change = [(uniform(path, slab, high) - uniform(path, slab, low))[0] for path in (he, le)]
    return float(change[0] / change[1])


def iodine_slope(le: BeamPath, he: BeamPath, thickness_mm: float, w: float) -> float:
    """Return the DES that 1 mg/cm2 of iodine adds."""
    slab = np.array([thickness_mm])
    rise = [
        (uniform(path, slab, REFERENCE_SHARE, STEP) - uniform(path, slab, REFERENCE_SHARE))[0] / STEP
        for path in (he, le)
    ]
    return float(rise[0] - w * rise[1])


def weighting(paths: tuple[BeamPath, BeamPath], thickness_mm: float, w: float | None = None) -> Weighting:
    """Return the weight of a thickness, or a given one, with its slope."""
    w = weight(*paths, thickness_mm) if w is None else w
    return Weighting(w, iodine_slope(*paths, thickness_mm, w))


def modelled_thickness(scene: Scene, radius_error: float) -> Millimetres:
    """Return the thickness that the system assumes: the mean profile by distance from the skin, stretched."""
    root = np.sqrt(scene.distance[scene.breast])
    bins = np.rint(root / EDGE_STEP).astype(np.intp)
    counts = np.bincount(bins)
    means = np.bincount(bins, weights=scene.thickness[scene.breast]) / np.maximum(counts, 1)
    at = np.bincount(bins, weights=root) / np.maximum(counts, 1)
    known = counts > 0
    model = np.zeros_like(scene.thickness)
    model[scene.breast] = np.interp(root / np.sqrt(1 + radius_error), at[known], means[known])
    return model


def mean_gland(scene: Scene) -> float:
    """Return the share of gland in the soft tissue of a scene, between 0 and 1."""
    gland, total = float(scene.glandular.sum()), float(scene.glandular.sum() + scene.adipose.sum())
    return min(max(gland / total, 0.0), 1.0) if total > 0 else 0.0


def by_ring(values: Values, root: Values, percentile: float) -> Profile:
    """Return a percentile of each ring of EDGE_STEP in root distance; rings without pixels take the nearest ones'."""
    ring = np.rint(root / EDGE_STEP).astype(np.intp)
    order = np.argsort(ring, kind="stable")
    last = int(root.max() / EDGE_STEP) + 2
    groups = np.split(values[order], np.searchsorted(ring[order], np.arange(1, last)))
    known = [i for i, group in enumerate(groups) if group.size]
    return np.interp(np.arange(last), known, [np.percentile(groups[i], percentile) for i in known])


def sample(values: Values) -> Float[np.ndarray, "m"]:
    """Return every so many values, so that percentiles of large images cost little."""
    return values[:: max(1, values.size // SAMPLED)]


def reference(paths: tuple[BeamPath, BeamPath], model: Millimetres, share: float, w: float) -> Signal:
    """Return the DES of the modelled breast from primary radiation."""
    knots = np.linspace(0, max(float(model.max()), 1.0), 256)
    le, he = (uniform(path, knots, share) for path in paths)
    return np.interp(model, knots, he - w * le).astype(np.float32)


def subtract(le: Signal, he: Signal, w: float) -> Signal:
    """Return -(ln HE - w ln LE)."""
    return np.float32(w) * np.log(np.maximum(le, LEAST_SIGNAL)) - np.log(np.maximum(he, LEAST_SIGNAL))


def reduce_noise(des: Signal, breast: Mask, spacing_mm: float, correction: Correction) -> Signal:
    """Take part of the finest detail off; pixels outside the breast do not count."""
    sigma_px = correction.noise_reduction_mm / spacing_mm
    weight = gaussian_filter(breast.astype(np.float32), sigma_px)
    smooth = gaussian_filter(np.where(breast, des, np.float32(0)), sigma_px) / np.maximum(weight, np.float32(1e-3))
    return np.where(breast, des + np.float32(correction.noise_reduction) * (smooth - des), des)


def flatten(des: Signal, breast: Mask, spacing_mm: float, correction: Correction) -> Signal:
    """Take the slow background off an image in mg/cm2 and set its median to 0; outside the breast it is 0."""
    inside = breast.astype(np.float32)
    level = np.median(des[breast]) if breast.any() else np.float32(0)
    limit = correction.flattening_limit
    slow = spread_inside(np.clip(des - level, -limit, limit), inside, spacing_mm, correction.flattening_mm)
    flat = des - np.float32(correction.flattening) * slow
    flat -= np.median(flat[breast]) if breast.any() else np.float32(0)
    return flat * inside
