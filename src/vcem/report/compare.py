"""Which method is better than which, on the same images, with the patient as the unit.

Every learned method is compared with every trivial reference and with every other learned method; references among
themselves are of no interest and would only make Holm's correction stricter. A family is all comparisons of one table.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations, product
from math import isnan

import numpy as np
from jaxtyping import Float, Int

from vcem.core.seeds import rng_for
from vcem.folders.scores import is_reference
from vcem.report.collect import Lesions, Scores
from vcem.report.quantities import CONTRAST_ERROR, HALLUCINATED, MISSED, Quantity
from vcem.stats.intervals import Interval, Weights, draw_patients, draw_signs, holm, mean_intervals, sign_flip_p

ALPHA = 0.05
LEAST_RESAMPLES = 10_000
RESAMPLES_A_COMPARISON = 100  # the smallest p, 1 / resamples, times Holm's largest factor then stays far below ALPHA
MOST_PAIRED = 12
"""With more learned methods than this they are compared with the references alone: nobody reads a thousand pairs."""


class Outcome(StrEnum):
    """What a comparison shows about its first method, after Holm's correction."""

    BETTER = "better"
    NO_BETTER = "no better"
    WORSE = "worse"
    TOO_FEW = "too few patients"


@dataclass(frozen=True)
class Comparison:
    """Mean of `first` minus `second` over the images that both have; `family` comparisons are corrected together."""

    first: str
    second: str
    quantity: Quantity
    difference: Interval
    p: float
    images: int
    patients: int
    p_holm: float = float("nan")
    family: int = 1

    @property
    def outcome(self) -> Outcome:
        """Better or worse only where p after Holm's correction is below 0.05.

        Too few patients: even if all of them agreed, with p = 2 / 2^patients in every comparison, none would pass.
        """
        if self.family * 2.0 ** (1 - self.patients) >= ALPHA:
            return Outcome.TOO_FEW
        if isnan(self.p_holm) or self.p_holm >= ALPHA or self.difference.estimate == 0:
            return Outcome.NO_BETTER
        first_wins = (self.difference.estimate > 0) == self.quantity.higher_is_better
        return Outcome.BETTER if first_wins else Outcome.WORSE


@dataclass(frozen=True)
class Block:
    """Values of every method on the same images or lesions; NaN is unknown."""

    methods: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    patients: Int[np.ndarray, " n"]
    cube: Float[np.ndarray, "m n k"]


@dataclass(frozen=True)
class Draws:
    """The random draws that all intervals and p values of one report share."""

    weights: Weights
    signs: Weights

    @property
    def resamples(self) -> int:
        """Number of draws."""
        return int(self.weights.shape[0])


def draw(patients: int, comparisons: int, seed: int) -> Draws:
    """Draw often enough that Holm's correction of so many comparisons cannot by itself put 0.05 out of reach."""
    resamples = max(LEAST_RESAMPLES, RESAMPLES_A_COMPARISON * comparisons)
    weights = draw_patients(patients, resamples, rng_for(seed, "report", "bootstrap"))
    return Draws(weights, draw_signs(patients, resamples, rng_for(seed, "report", "sign flip")))


def pairings(methods: Sequence[str]) -> list[tuple[str, str]]:
    """Return who is compared with whom."""
    learned = [m for m in methods if not is_reference(m)]
    references = [m for m in methods if is_reference(m)]
    return [*product(learned, references), *(combinations(learned, 2) if len(learned) <= MOST_PAIRED else ())]


def image_block(scores: Scores, quantities: Sequence[Quantity]) -> Block:
    """Return the per-image values of these quantities."""
    cube = np.stack([[scores.of(m, q.column) for q in quantities] for m in scores.methods]).transpose(0, 2, 1)
    return Block(scores.methods, tuple(quantities), scores.patients, cube)


def lesion_block(lesions: Lesions) -> Block:
    """Return the per-lesion values: absolute error of the contrast as scored, and missed (1) or not."""
    cube = np.stack([np.abs(lesions.predicted - lesions.truth), lesions.missed], axis=2)
    return Block(lesions.methods, (CONTRAST_ERROR, MISSED), lesions.patients, cube)


def compare(blocks: Iterable[Block], draws: Draws) -> list[Comparison]:
    """Compare all methods on all quantities of these blocks as one family."""
    found = [c for block in blocks for c in _compare(block, draws)]
    adjusted = holm(np.array([c.p for c in found], dtype=float))
    family = int((~np.isnan(adjusted)).sum())
    return [replace(c, p_holm=float(p), family=family) for c, p in zip(found, adjusted, strict=True)]


def lesion_family(scores: Scores, lesions: Lesions, draws: Draws) -> list[Comparison]:
    """Compare contrast error and misses over lesions and hallucinated places over images as one family."""
    return compare([lesion_block(lesions), image_block(scores, [HALLUCINATED])], draws)


def _compare(block: Block, draws: Draws) -> list[Comparison]:
    pairs = [
        (first, second, k)
        for k in range(len(block.quantities))
        for first, second in pairings(block.methods)
    ]  # fmt: skip
    if not pairs or not block.patients.size:
        return []
    rows = {m: i for i, m in enumerate(block.methods)}
    columns = np.column_stack([block.cube[rows[a], :, k] - block.cube[rows[b], :, k] for a, b, k in pairs])
    intervals = mean_intervals(columns, block.patients, draws.weights)
    p = sign_flip_p(columns, block.patients, draws.signs)
    known = ~np.isnan(columns)
    return [
        Comparison(a, b, block.quantities[k], intervals[i], float(p[i]),
                   int(known[:, i].sum()), np.unique(block.patients[known[:, i]]).size)
        for i, (a, b, k) in enumerate(pairs)
    ]  # fmt: skip


def against_references(family: Sequence[Comparison], method: str, quantity: Quantity) -> dict[str, Outcome]:
    """Return how a method fares against each reference on one quantity."""
    return {
        c.second: c.outcome
        for c in family
        if c.first == method and c.quantity == quantity and is_reference(c.second) and c.images
    }  # fmt: skip


def beats_all(family: Sequence[Comparison], method: str, quantity: Quantity) -> bool:
    """Whether a method is better than every reference on one quantity; False if there is none to beat."""
    outcomes = against_references(family, method, quantity)
    return bool(outcomes) and set(outcomes.values()) == {Outcome.BETTER}
