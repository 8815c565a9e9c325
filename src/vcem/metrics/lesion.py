"""Whether lesions light up where they should, and nothing lights up where it should not.

All rules are for the fixed grey scale [0, 1] of the strict protocol. Region: inside the breast mask.

- Background of a lesion: a ring outside its outline, no other lesion in it.
- contrast = mean(lesion) - mean(ring); CNR = contrast / SD(ring) (Rose 1948's ratio for a known region).
- A lesion *enhances* if in the truth contrast >= ENHANCING_CONTRAST and CNR >= ENHANCING_CNR.
- An enhancing lesion is *missed* if the prediction's contrast is below MISSED_SHARE of the truth's.
- A place is *hallucinated* if the prediction lights up there by LIT or more, the truth by less than DARK within
  REACH_PX, and it lies outside every lesion and its ring. By how much an image lights up is its local mean minus its
  breast's median.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from vcem.core.arrays import Grey, Labels, Mask

ENHANCING_CONTRAST = 0.05
"""13 of 255 grey levels; about the SD of grey inside a breast of CDD-CESM, so that plain texture does not count."""
ENHANCING_CNR = 1.0
"""The lesion stands out of its ring by one SD of the ring."""
MISSED_SHARE = 0.5
"""Half the true contrast: on the fixed scale a reader sees such a lesion fade, whatever the grey around it."""
LEAST_AREA_PX = 9
"""Lesions below 3 x 3 pixels of the grid are not measurable."""
LEAST_RING_PX = 16
"""Neither are lesions with less background than this."""

LIT = 0.12
"""Prediction's rise above the breast's median that counts as lit: 31 of 255 grey levels."""
DARK = 0.06
"""Truth's rise below which a place should be dark. Half of LIT, so that a light made stronger is not a false one."""
GRID_PX = 128
"""Side of the grid that the next three lengths are for; on a larger grid they grow with it."""
SMOOTH_PX = 1.5
"""Sigma of the local mean: single bright pixels are noise and no places."""
REACH_PX = 3
"""A true light this near explains a place: blur and registration move edges by that much."""
LEAST_PLACE_PX = 9
"""Smaller places are not counted."""


@dataclass(frozen=True)
class Lesion:
    """One outlined lesion in truth and prediction; None where it is too small or has no background to measure."""

    lesion: int
    area_px: int
    contrast_truth: float | None = None
    contrast_pred: float | None = None
    cnr_truth: float | None = None
    cnr_pred: float | None = None

    @property
    def measurable(self) -> bool:
        """Whether it has area and background enough."""
        return self.contrast_truth is not None

    @property
    def contrast_error(self) -> float | None:
        """Absolute error of the contrast; None if not measurable."""
        if self.contrast_truth is None or self.contrast_pred is None:
            return None
        return abs(self.contrast_pred - self.contrast_truth)

    @property
    def enhancing(self) -> bool | None:
        """Whether it takes up contrast in the truth; None if not measurable."""
        if self.contrast_truth is None or self.cnr_truth is None:
            return None
        return self.contrast_truth >= ENHANCING_CONTRAST and self.cnr_truth >= ENHANCING_CNR

    @property
    def missed(self) -> bool | None:
        """Whether it enhances in the truth and hardly in the prediction; None if not measurable."""
        if self.contrast_truth is None or self.contrast_pred is None:
            return None
        return bool(self.enhancing) and self.contrast_pred < MISSED_SHARE * self.contrast_truth


def measure_lesions(y: Grey, y_hat: Grey, mask: Mask, lesion: Labels) -> list[Lesion]:
    """Return contrast and CNR of every labelled lesion, in truth and prediction."""
    numbers = np.unique(lesion[lesion > 0])
    return [_measure(y, y_hat, mask, lesion, int(number)) for number in numbers]


def _measure(y: Grey, y_hat: Grey, mask: Mask, lesion: Labels, number: int) -> Lesion:
    inside = (lesion == number) & mask
    area = int(inside.sum())
    around = ring(inside, lesion > 0, mask)
    if area < LEAST_AREA_PX or around.sum() < LEAST_RING_PX:
        return Lesion(number, area)
    truth, pred = _contrast(y, inside, around), _contrast(y_hat, inside, around)
    return Lesion(number, area, truth[0], pred[0], truth[1], pred[1])


def ring(inside: Mask, lesions: Mask, mask: Mask) -> Mask:
    """Return a lesion's background.

    It starts 1 pixel outside, which blur reaches, and is half the lesion's equivalent radius wide, at least 3 pixels:
    about as much background as lesion.
    """
    width = max(3.0, 0.5 * np.sqrt(inside.sum() / np.pi))
    distance = ndimage.distance_transform_edt(~inside)
    return (distance > 1) & (distance <= 1 + width) & mask & ~lesions


def _contrast(grey: Grey, inside: Mask, around: Mask) -> tuple[float, float]:
    background = grey[around].astype(np.float64)
    contrast = float(grey[inside].mean(dtype=np.float64) - background.mean())
    spread = float(background.std())
    return contrast, contrast / max(spread, float(np.finfo(np.float32).eps))


def hallucinated(y: Grey, y_hat: Grey, mask: Mask, lesion: Labels) -> int:
    """Return the number of places that light up in the prediction and should not."""
    return int(ndimage.label(places(y, y_hat, mask, lesion))[1])


def places(y: Grey, y_hat: Grey, mask: Mask, lesion: Labels) -> Bool[np.ndarray, "h w"]:
    """Return the hallucinated places, by the rule at the head of this module.

    The truth as its own prediction has none, a constant image has none.
    """
    scale = grid_scale(mask)
    truth, prediction = light_of(y, mask, scale * SMOOTH_PX), light_of(y_hat, mask, scale * SMOOTH_PX)
    true_light = (truth >= DARK) & mask
    reached = ndimage.distance_transform_edt(~true_light) <= scale * REACH_PX if true_light.any() else true_light
    lit = (prediction >= LIT) & mask & ~reached & ~_surroundings(lesion)
    labels, count = ndimage.label(lit)
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    return (areas >= scale**2 * LEAST_PLACE_PX)[labels] & lit


def grid_scale(mask: Mask) -> float:
    """Return by how much the lengths of this module grow on a grid larger than GRID_PX."""
    return max(1.0, max(mask.shape) / GRID_PX)


def light_of(grey: Grey, mask: Mask, sigma_px: float) -> Float[np.ndarray, "h w"]:
    """Return the local mean of the breast, of breast pixels only, minus the breast's median; 0 outside."""
    inside = mask.astype(np.float64)
    weight = ndimage.gaussian_filter(inside, sigma_px)
    local = ndimage.gaussian_filter(grey * inside, sigma_px) / np.maximum(weight, 1e-6)
    return np.where(mask, local - np.median(grey[mask]), 0.0)


def _surroundings(lesion: Labels) -> Mask:
    """The lesions, each with its ring's width around it."""
    near = lesion > 0
    for number in np.unique(lesion[near]):
        one = lesion == number
        width = max(3.0, 0.5 * np.sqrt(one.sum() / np.pi))
        near = near | (ndimage.distance_transform_edt(~one) <= 1 + width)
    return near
