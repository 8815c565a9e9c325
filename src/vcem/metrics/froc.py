"""Free-response ROC: lesions found against false places per image, over all thresholds (Bunch et al. 1978, SPIE 127).

A *mark* is a local peak of light: how far the local mean of a map lies above its breast's median. Its height is its
rating. A mark

- finds an enhancing lesion if it lies within reach of it;
- is false if neither an enhancing lesion nor true light lies within reach: enhancement was invented there;
- is neither otherwise: a vessel, background uptake, or a lesion that cannot be judged.

Of a simulation light is iodine in mg/cm2, lengths are in mm, and a mark at a lesion that took up no contrast is false.
Of real pairs light is the grey of the fixed scale [0, 1] and lengths go with the grid, as those of hallucinated places
(`metrics.lesion`); there a lesion that does not enhance is a place like any other.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from vcem.core.arrays import Grey, Labels, Mask
from vcem.metrics.lesion import DARK, REACH_PX, SMOOTH_PX, Lesion, grid_scale, light_of

SIGMA_MM = 2.5
"""Of the local mean: about the smallest lesions, so that noise makes no mark."""
APART_MM = 10.0
"""Only the highest of marks nearer than this counts."""
REACH_MM = 5.0
"""Blur and registration move a peak by that much."""
TRUE_MG_CM2 = 0.15
"""True light that explains a mark: half of what counts as shown, so that light made stronger is not a false place."""
PLACE_MG_CM2 = 0.5
"""Rating from which a false mark counts as a hallucinated place in the tables."""
THRESHOLDS_MG_CM2 = tuple(round(0.1 * k, 1) for k in range(1, 31))
"""Where the curve is computed."""
APART_PX = 6
"""APART_MM for the grid of 128 pixels that REACH_PX is for: twice the reach."""
LOWEST_GREY = 0.005
"""A little more than one of 255 grey levels: fainter peaks are rounding and no marks."""
FALSE, NEITHER = 0, -1


@dataclass(frozen=True)
class Rule:
    """Lengths in pixels; from which true light on a mark is explained, and from which light on a peak is a mark."""

    sigma_px: float
    apart_px: float
    reach_px: float
    explained: float
    lowest: float


def iodine_rule(mm_per_px: float) -> Rule:
    """Return the rule for iodine maps in mg/cm2."""
    lengths = (SIGMA_MM / mm_per_px, APART_MM / mm_per_px, REACH_MM / mm_per_px)
    return Rule(*lengths, TRUE_MG_CM2, THRESHOLDS_MG_CM2[0])


def grey_rule(mask: Mask) -> Rule:
    """Return the rule for DES images on the scale [0, 1], on the grid of this mask."""
    scale = grid_scale(mask)
    return Rule(scale * SMOOTH_PX, scale * APART_PX, scale * REACH_PX, DARK, LOWEST_GREY)


@dataclass(frozen=True)
class Mark:
    """A peak at a pixel: its rating in the map's unit and what it is: the number of a lesion, FALSE or NEITHER."""

    row: int
    column: int
    rating: float
    what: int


@dataclass(frozen=True)
class Truth:
    """What is true of one image: iodine map or DES, breast, lesion numbers, which enhance and which are unclear."""

    y: Grey
    mask: Mask
    lesion: Labels
    enhancing: Collection[int]
    unclear: Collection[int]
    rule: Rule


def grey_truth(y: Grey, mask: Mask, lesion: Labels, measured: Sequence[Lesion]) -> Truth:
    """Return what a real DES image says of its outlined lesions, as `metrics.lesion` measured them."""
    lit = [x.lesion for x in measured if x.enhancing]
    unclear = [x.lesion for x in measured if not x.measurable]
    return Truth(y, mask, np.where(np.isin(lesion, lit + unclear), lesion, 0), lit, unclear, grey_rule(mask))


def map_truth(mask: Mask, lesion: Labels, kinds: Mapping[int, bool | None]) -> Truth:
    """Return what is true of a detector's map in [0, 1]: which lesions are sought; None is one that nobody can judge.

    A mark at a lesion that is not sought is false, as one at no lesion is.
    """
    sought, unclear = [n for n, kind in kinds.items() if kind], [n for n, kind in kinds.items() if kind is None]
    rule = replace(grey_rule(mask), explained=math.inf)
    return Truth(np.zeros(mask.shape), mask, lesion, sought, unclear, rule)


def marks(predicted: Grey, truth: Truth) -> list[Mark]:
    """Return the marks of a prediction, in the truth's unit, highest first."""
    rule = truth.rule
    light = light_of(predicted, truth.mask, rule.sigma_px)
    places = peaks(light, truth.mask, rule.apart_px, rule.lowest)
    what = _meaning(truth)
    found = [Mark(r, c, float(light[r, c]), int(what[r, c])) for r, c in np.argwhere(places).tolist()]
    return sorted(found, key=lambda m: -m.rating)


def peaks(light: Grey, mask: Mask, apart_px: float, lowest: float) -> Bool[np.ndarray, "h w"]:
    """Return one pixel for each local maximum of `lowest` or more that is the highest within `apart_px`."""
    reach = max(1, round(apart_px))
    v, u = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    inside = np.where(mask, light, -np.inf)
    highest = ndimage.maximum_filter(inside, footprint=np.hypot(u, v) <= reach, mode="constant", cval=-np.inf)
    tops, count = ndimage.label((inside == highest) & (inside >= lowest), np.ones((3, 3)))
    chosen = np.zeros(mask.shape, bool)
    for top in ndimage.find_objects(tops)[:count]:
        first = np.argwhere(tops[top] > 0)[0]
        chosen[top[0].start + first[0], top[1].start + first[1]] = True
    return chosen


def _meaning(truth: Truth) -> Float[np.ndarray, "h w"]:
    """Return what a mark at each pixel would be; the nearest enhancing lesion within reach comes first."""
    reach = truth.rule.reach_px
    light = light_of(truth.y, truth.mask, truth.rule.sigma_px)
    explained = ((light >= truth.rule.explained) & truth.mask) | np.isin(truth.lesion, list(truth.unclear))
    nothing_new = (truth.lesion > 0) & ~np.isin(truth.lesion, [*truth.enhancing, *truth.unclear])
    what = np.where(_near(explained & ~nothing_new, reach), NEITHER, FALSE).astype(float)
    lit = np.isin(truth.lesion, list(truth.enhancing))
    if lit.any():
        distance, nearest = ndimage.distance_transform_edt(~lit, return_indices=True)
        what = np.where(distance <= reach, truth.lesion[tuple(nearest)], what)
    return what


def _near(places: Mask, reach: float) -> Mask:
    return ndimage.distance_transform_edt(~places) <= reach if places.any() else places


@dataclass(frozen=True)
class Point:
    """One point of the curve: enhancing lesions found and false places, in so many images, at one threshold."""

    threshold: float
    found: int
    lesions: int
    false_places: int
    images: int


def curve(marked: Sequence[tuple[Sequence[Mark], int]]) -> list[Point]:
    """Return the curve of images given as (marks, number of enhancing lesions)."""
    ratings = [best_of(found) for found, _ in marked]
    false = np.array([m.rating for found, _ in marked for m in found if m.what == FALSE])
    best = np.array([r for one in ratings for r in one.values()])
    lesions = sum(n for _, n in marked)
    return [Point(t, int((best >= t).sum()), lesions, int((false >= t).sum()), len(marked)) for t in THRESHOLDS_MG_CM2]


def best_of(found: Sequence[Mark]) -> dict[int, float]:
    """Return for every lesion that was found its highest rating."""
    best: dict[int, float] = {}
    for mark in found:
        if mark.what > 0:
            best[mark.what] = max(mark.rating, best.get(mark.what, mark.rating))
    return best


def invented(mark: Mark) -> bool:
    """Return whether a mark is a hallucinated place."""
    return mark.what == FALSE and mark.rating >= PLACE_MG_CM2
