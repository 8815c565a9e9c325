"""What a design can show: the power under the assumptions of its table `[power]`, and the cases that would be enough.

Shares are planned for one vote a case: one reader, or the majority. Several readers on one case are no further cases.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy import stats

from vcem.stats.equivalence import PairedShares, score_z
from vcem.study.design import Design

ALPHA = 0.05
MOST_CASES = 2000
NEGLIGIBLE = 1e-10


def plan_lines(design: Design) -> list[str]:
    """Return what the design can show, as lines to print and to freeze."""
    lines = design.reading.plan(design)
    if design.power is None:
        lines.append("power: not calculated, the design has no table [power]")
    return lines


def precision(what: str, share: float, count: int) -> str:
    """Return how exactly a share of so many images will be known, as a line."""
    half = 100 * half_width(share, count)
    return f"{what}: {share:.2f} of {count} images has an exact 95 % interval of about ± {half:.1f} points"


def said_power(what: str, found: float, cases: int, target: float, enough: int | None) -> str:
    """Return the power of a test with so many cases, and how many would be enough, as a line."""
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


def first_enough(reached: Callable[[int], float], target: float) -> int | None:
    """Return the fewest cases that reach the target, for power that only grows with them."""
    low, high = 1, 16
    while reached(high) < target:
        low, high = high, 2 * high
        if high > MOST_CASES:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) >= target else (middle, high)
    return high
