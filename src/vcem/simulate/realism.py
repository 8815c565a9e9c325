"""What a pair of LE and DES looks like in numbers: one code for real and simulated pairs.

All statistics are of displayed images (8-bit scale, 0 to 255) more than INSIDE_MM within the skin, where neither the
rolled edge nor a mask's border counts.
"""

from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64
from scipy import ndimage, stats

from vcem.core.arrays import Mask

INSIDE_MM = 10.0
PATCH_MM, STRIDE_MM = 40.0, 10.0
LEAST_PATCH = 0.98  # share of a patch that must lie inside
POWER_BAND = (0.08, 0.6)  # per mm, Chen et al. 2012, Med. Phys. 39:1435
BAND_MM = (1.5, 8.0)
NOISE_MM = 0.8
BINS = 32
Display = Float32[np.ndarray, "h w"]
Values = Float[np.ndarray, "n"]


@dataclass(frozen=True)
class PairStatistics:
    """The statistics of one pair; not a number where the breast is too small for one."""

    beta_le: float
    beta_des: float
    correlation: float
    band_correlation: float
    mutual_information: float
    des_mean: float
    des_sd: float
    des_skew: float
    le_skew: float
    le_variation: float
    noise_share: float

    def row(self) -> dict[str, float]:
        """Return name and value of every statistic."""
        return asdict(self)


def pair_statistics(le: Display, des: Display, breast: Mask, spacing_mm: float) -> PairStatistics:
    """Measure a pair that lies on one grid."""
    inside = inner(breast, spacing_mm)
    if inside.sum() < 100:
        return PairStatistics(*[float("nan")] * len(PairStatistics.__dataclass_fields__))
    x, y = le[inside].astype(np.float64), des[inside].astype(np.float64)
    bands = [band(image, breast, spacing_mm)[inside] for image in (le, des)]
    fine = (des - smooth(des, breast, NOISE_MM / spacing_mm))[inside]
    return PairStatistics(
        beta_le=power_exponent(le, inside, spacing_mm),
        beta_des=power_exponent(des, inside, spacing_mm),
        correlation=_correlation(x, y),
        band_correlation=_correlation(*bands),
        mutual_information=mutual_information(x, y),
        des_mean=float(y.mean()),
        des_sd=float(y.std()),
        des_skew=float(stats.skew(y)) if y.std() > 0 else 0.0,
        le_skew=float(stats.skew(x)) if x.std() > 0 else 0.0,
        le_variation=float(x.std() / max(x.mean(), 1e-6)),
        noise_share=float(fine.std() / max(y.std(), 1e-6)),
    )


def inner(breast: Mask, spacing_mm: float) -> Mask:
    """Return the breast without its outer INSIDE_MM; the border of the image is no skin."""
    return ndimage.distance_transform_edt(breast) * spacing_mm > INSIDE_MM


def smooth(image: Display, breast: Mask, sigma_px: float) -> Display:
    """Return a Gaussian mean over breast pixels alone."""
    weight = ndimage.gaussian_filter(breast.astype(np.float32), sigma_px)
    return ndimage.gaussian_filter(np.where(breast, image, 0).astype(np.float32), sigma_px) / np.maximum(weight, 1e-3)


def band(image: Display, breast: Mask, spacing_mm: float) -> Display:
    """Return what lies between the two lengths of BAND_MM."""
    fine, coarse = (smooth(image, breast, length / 2 / spacing_mm) for length in BAND_MM)
    return fine - coarse


def power_exponent(image: Display, inside: Mask, spacing_mm: float) -> float:
    """Return beta of the power law f^-beta over POWER_BAND, from windowed patches inside; Burgess 1999's method."""
    side, stride = round(PATCH_MM / spacing_mm), max(round(STRIDE_MM / spacing_mm), 1)
    window = np.outer(np.hanning(side), np.hanning(side))
    power, count = np.zeros((side, side // 2 + 1)), 0
    for r in range(0, image.shape[0] - side + 1, stride):
        for c in range(0, image.shape[1] - side + 1, stride):
            if inside[r : r + side, c : c + side].mean() >= LEAST_PATCH:
                patch = image[r : r + side, c : c + side].astype(np.float64)
                power += np.abs(np.fft.rfft2((patch - (patch * window).sum() / window.sum()) * window)) ** 2
                count += 1
    return _slope(power, side, spacing_mm) if count else float("nan")


def mutual_information(x: Values, y: Values) -> float:
    """Return the mutual information of grey levels over the mean of both entropies; 0 independent, 1 the same."""
    joint = np.histogram2d(x, y, BINS, ((0, 255), (0, 255)))[0]
    joint /= joint.sum()
    own = _entropy(joint.sum(1)) + _entropy(joint.sum(0))
    return float(2 * (own - _entropy(joint.ravel())) / own) if own > 0 else 0.0


def _slope(power: Float64[np.ndarray, "h w"], side: int, spacing_mm: float) -> float:
    f = np.hypot(np.fft.fftfreq(side, spacing_mm)[:, None], np.fft.rfftfreq(side, spacing_mm))
    step = 1 / (side * spacing_mm)
    ring = np.rint(f / step).astype(int)
    used = (f >= POWER_BAND[0]) & (f <= POWER_BAND[1])
    total, count = (np.bincount(ring[used], w) for w in (power[used], None))
    known = np.flatnonzero((count > 0) & (total > 0))
    if known.size < 3:
        return float("nan")
    return float(-np.polyfit(np.log(known * step), np.log(total[known] / count[known]), 1)[0])


def _correlation(x: Values, y: Values) -> float:
    return float(np.corrcoef(x, y)[0, 1]) if x.std() > 0 and y.std() > 0 else 0.0


def _entropy(share: Values) -> float:
    positive = share[share > 0]
    return float(-(positive * np.log2(positive)).sum())
