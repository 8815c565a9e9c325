"""What a design can show: the power under the assumptions of its table `[power]`, and the cases that would be enough.

Shares are planned for one vote a case: one reader, or the majority. Several readers on one case are no further cases.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy import stats

from vcem.stats.equivalence import PairedShares, score_z
from vcem.stats.power import cases_needed, power
from vcem.study.assumptions import Assumptions
from vcem.study.design import Design, MostRealistic, MultiReader, RealOrSynthetic

ALPHA = 0.05
MOST_CASES = 2000
NEGLIGIBLE = 1e-10


def plan_lines(design: Design) -> list[str]:
    """Return what the design can show, as lines to print and to freeze."""
    match design.reading:
        case MultiReader():
            lines = _areas(design, design.power) if design.power else []
        case MostRealistic():
            lines = _votes(design, len(design.reading.models))
        case RealOrSynthetic():
            lines = _told(design, design.reading)
    if design.power is None:
        lines.append("power: not calculated, the design has no table [power]")
    return lines


def _areas(design: Design, assumed: Assumptions) -> list[str]:
    if assumed.pilot is None or assumed.effect is None:
        return []
    pilot, readers = assumed.pilot.known(), len(design.readers)
    found = power(pilot, readers, design.cases.count, assumed.effect)
    enough = cases_needed(pilot, readers, assumed.effect, assumed.target)
    what = f"a difference of {assumed.effect:g} between two areas, readers and cases random, {readers} readers"
    return [_said(what, found.power, design.cases.count, assumed.target, enough.cases if enough else None)]


def _votes(design: Design, models: int) -> list[str]:
    count, assumed = design.cases.count, design.power
    share = assumed.share if assumed and assumed.share is not None else 1 / models
    lines = [_precision("share of votes", share, count)]
    if assumed:
        level = ALPHA / models  # the first step of Holm

        def reached(cases: int) -> float:
            return binomial_power(cases, 1 / models, share, level)

        what = f"a model with {share:g} of the votes against 1/{models}"
        lines.append(_said(what, reached(count), count, assumed.target, fewest(reached, assumed.target)))
    return lines


def _told(design: Design, reading: RealOrSynthetic) -> list[str]:
    count, assumed = design.cases.count, design.power
    share = assumed.share if assumed and assumed.share is not None else 0.5
    lines = [_precision("share of real, or of synthetic, told rightly", share, count // 2)]
    if assumed and assumed.discordant is not None and reading.counterbalanced:
        discordant = assumed.discordant

        def reached(cases: int) -> float:
            return equivalence_power(cases, discordant, design.margin)

        what = f"BI-RADS as good on synthetic, margin {design.margin:g}, {discordant:g} right on one kind only"
        enough = _first_enough(reached, assumed.target)
        lines.append(_said(what, reached(count), count, assumed.target, enough))
    elif assumed:
        lines.append("power of the equivalence of BI-RADS: none, without counterbalance no case is read as both")
    return lines


def _precision(what: str, share: float, count: int) -> str:
    half = 100 * half_width(share, count)
    return f"{what}: {share:.2f} of {count} images has an exact 95 % interval of about ± {half:.1f} points"


def _said(what: str, found: float, cases: int, target: float, enough: int | None) -> str:
    needs = f"{target:g} needs {enough} cases" if enough else f"{target:g} is beyond any number of cases tried"
    return f"power: {what}: {found:.3f} with {cases} cases; {needs}"


def half_width(share: float, count: int) -> float:
    """Return half the exact 95 % interval (Clopper & Pearson 1934) of a share of so many trials."""
    found = stats.binomtest(round(share * count), count).proportion_ci(0.95, method="exact")
    return float(found.high - found.low) / 2


def binomial_power(count: int, chance: float, share: float, level: float) -> float:
    """Return the power of the exact two-sided binomial test of a share against chance."""
    hits = np.arange(count + 1)
    return float(stats.binom.pmf(hits, count, share)[_exact_p(count, chance) <= level].sum())


def _exact_p(count: int, chance: float) -> Float[np.ndarray, " k"]:
    """Return the p of each number of hits: all that is no likelier, as in the analysis."""
    likely = stats.binom.pmf(np.arange(count + 1), count, chance)
    order = np.argsort(likely)
    total = np.cumsum(likely[order])
    return total[np.searchsorted(likely[order], likely * (1 + 1e-7), side="right") - 1]


def equivalence_power(count: int, discordant: float, margin: float) -> float:
    """Return the power of two one-sided score tests at 5 % for pairs without a true difference (Tango 1998)."""
    z = float(stats.norm.ppf(1 - ALPHA))
    reached = 0.0
    for unequal in range(count + 1):
        chance = stats.binom.pmf(unequal, count, discordant)
        if chance < NEGLIGIBLE:
            continue
        split = stats.binom.pmf(np.arange(unequal + 1), unequal, 0.5)
        shown = [_is_shown(PairedShares(count, 0, b, unequal - b), margin, z) for b in range(unequal + 1)]
        reached += float(chance * split[shown].sum())
    return reached


def _is_shown(shares: PairedShares, margin: float, z: float) -> bool:
    return abs(shares.difference) < margin and score_z(shares, margin) < -z and score_z(shares, -margin) > z


def fewest(reached: Callable[[int], float], target: float) -> int | None:
    """Return the fewest cases from which on the power stays at the target; exact tests go up in a saw."""
    short = [n for n in range(1, MOST_CASES + 1) if reached(n) < target]
    last = short[-1] if short else 0
    return last + 1 if last < MOST_CASES else None


def _first_enough(reached: Callable[[int], float], target: float) -> int | None:
    low, high = 1, 16
    while reached(high) < target:
        low, high = high, 2 * high
        if high > MOST_CASES:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) >= target else (middle, high)
    return high
