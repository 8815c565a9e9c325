"""Iodine of lesions in mg/cm2, predicted against true: what was missed, and what was invented at a lesion.

Iodine of a lesion = mean over its pixels - mean over its ring of surroundings (rule of `metrics.lesion.ring`), in both
the true iodine map and the prediction: breast tissue, vessels and background uptake around it are no part of it, nor is
an offset of the whole image.

- A lesion *enhances* if the truth says that it took up contrast and its true iodine is at least SHOWS_MG_CM2.
- A lesion that took up contrast but less than that is *faint*; one that took up none but lies on other iodine that
  shows, such as a vessel, is *veiled*. Neither is missed or hallucinated by anybody.
- An enhancing lesion is *missed* if its predicted iodine is below SHOWS_MG_CM2.
- A lesion that took up none is *hallucinated* if its predicted iodine is SHOWS_MG_CM2 or more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vcem.core.arrays import Grey, Labels, Mask
from vcem.metrics.lesion import LEAST_AREA_PX, LEAST_RING_PX, ring

SHOWS_MG_CM2 = 0.3
"""Published limit of the residue that normal tissue leaves in DES (Proc. SPIE 11595, 2021)."""


@dataclass(frozen=True)
class Uptake:
    """Iodine of one lesion, in mg/cm2 above its surroundings; None where it is too small or has none to measure.

    `took_up` is the truth of the generator: contrast was drawn into this lesion. `before` is the prediction from LE
    before contrast, where there is one.
    """

    lesion: int
    took_up: bool
    area_px: int
    truth: float | None = None
    predicted: float | None = None
    before: float | None = None

    @property
    def enhancing(self) -> bool | None:
        """Whether it enhances; None where it is faint, veiled or not measurable."""
        return self.took_up if self.truth is not None and self.took_up == shows(self.truth) else None

    @property
    def unclear(self) -> bool:
        """Whether light at it is neither right nor wrong."""
        return self.enhancing is None and (self.took_up or self.truth is not None)

    @property
    def missed(self) -> bool | None:
        """Whether it enhances and the prediction does not show it; None where it does not enhance."""
        return shows(self.predicted) is False if self.enhancing else None

    @property
    def hallucinated(self) -> bool | None:
        """Whether it took up nothing and the prediction shows iodine; None where it enhances or is not judged."""
        return shows(self.predicted) is True if self.enhancing is False else None

    @property
    def error(self) -> float | None:
        """Predicted minus true iodine."""
        return None if self.truth is None or self.predicted is None else self.predicted - self.truth


def shows(iodine_mg_cm2: float | None) -> bool | None:
    """Return whether so much iodine counts as shown; None for none measured."""
    return None if iodine_mg_cm2 is None else iodine_mg_cm2 >= SHOWS_MG_CM2


def above_surroundings(maps: Sequence[Grey], mask: Mask, lesion: Labels, number: int) -> list[float] | None:
    """Return mean(lesion) - mean(ring) in each map; None where the lesion cannot be measured."""
    inside = (lesion == number) & mask
    around = ring(inside, lesion > 0, mask)
    if inside.sum() < LEAST_AREA_PX or around.sum() < LEAST_RING_PX:
        return None
    return [float(m[inside].mean(dtype=np.float64) - m[around].mean(dtype=np.float64)) for m in maps]


def measure(number: int, took_up: bool, maps: tuple[Grey, Grey, Grey | None], mask: Mask, lesion: Labels) -> Uptake:
    """Measure one lesion.

    Args:
        number: of the lesion in `lesion`.
        took_up: whether the generator drew contrast into it.
        maps: in mg/cm2, the true iodine, the prediction from LE after contrast, and that from LE before, if any.
        mask: the breast.
        lesion: numbers of the lesions.
    """
    area = int(((lesion == number) & mask).sum())
    found = above_surroundings([m for m in maps if m is not None], mask, lesion, number)
    return Uptake(number, took_up, area) if found is None else Uptake(number, took_up, area, *found)
