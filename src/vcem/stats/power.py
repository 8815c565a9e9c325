"""Power of a planned study of two treatments, and the cases it needs (Hillis, Obuchowski & Berbaum 2011).

From the variance components of a pilot study of K0 cases: for K cases error and covariances are multiplied by K0 / K.
The F statistic of J readers is noncentral with

    ncp = (J / 2) effect^2 / (Var(TR) + s),

    RRRC  s = Var(e) - Cov1 + (J - 1) (Cov2 - Cov3)       df2 = (Var(TR) + s)^2 (J - 1) / (Var(TR) + s')^2
    FRRC  the same s without Var(TR)                      df2 infinite
    RRFC  s' = Var(e) - Cov1 - (Cov2 - Cov3)              df2 = J - 1

where Var(TR) and Cov2 - Cov3 are taken as 0 if their estimates are below.
"""

from dataclasses import dataclass
from enum import StrEnum

from scipy import stats

from vcem.core.errors import UsageError
from vcem.stats.obuchowski_rockette import ALPHA, Components

MOST_CASES = 100_000


class Generalises(StrEnum):
    """To what the planned test generalises."""

    READERS_AND_CASES = "readers-and-cases"
    CASES = "cases"
    READERS = "readers"


@dataclass(frozen=True)
class Plan:
    """Power of a planned study: readers J, cases K, effect as a difference of two areas."""

    readers: int
    cases: int
    effect: float
    to: Generalises
    power: float
    noncentrality: float
    df2: float


@dataclass(frozen=True)
class Pilot:
    """What the components of a study and its number of cases tell of a planned one."""

    components: Components
    cases: int

    def spread(self, readers: int, cases: int) -> tuple[float, float, float]:
        """Return Var(TR), s and s' of a planned study."""
        c, scale = self.components, self.cases / cases
        own = c.error - c.cov1
        return (
            max(c.treatment_reader, 0.0),
            scale * (own + (readers - 1) * c.excess),
            scale * max(own - c.excess, 0.0),
        )


def power(
    pilot: Pilot, readers: int, cases: int, effect: float, to: Generalises = Generalises.READERS_AND_CASES
) -> Plan:
    """Return the power of a two-sided test at 5 %.

    Raises:
        UsageError: if readers or cases are too few or too many, or the effect is not a difference of two areas.
    """
    if not (2 <= min(readers, cases) <= max(readers, cases) <= MOST_CASES and 0 < abs(effect) <= 1):
        raise UsageError(
            f"A study of {readers} readers, {cases} cases and an effect of {effect} cannot be planned.",
            f"2 to {MOST_CASES} readers and cases, a difference of two areas: not 0 and no more than 1",
        )
    interaction, s, s_fixed = pilot.spread(readers, cases)
    if to is Generalises.READERS_AND_CASES:
        variance, df2 = interaction + s, _hillis(interaction + s, interaction + s_fixed, readers)
    elif to is Generalises.CASES:
        variance, df2 = s, float("inf")
    else:
        variance, df2 = interaction + s_fixed, float(readers - 1)
    ncp = readers * effect**2 / (2 * variance) if variance > 0 else float("inf")
    return Plan(readers, cases, effect, to, _noncentral_tail(ncp, df2), ncp, df2)


def _hillis(variance: float, without_cases: float, readers: int) -> float:
    return (readers - 1) * (variance / without_cases) ** 2 if without_cases > 0 else float("inf")


def _noncentral_tail(ncp: float, df2: float) -> float:
    if ncp == float("inf"):
        return 1.0
    if df2 == float("inf"):
        return float(stats.ncx2.sf(stats.chi2.ppf(1 - ALPHA, 1), 1, ncp))
    return float(stats.ncf.sf(stats.f.ppf(1 - ALPHA, 1, df2), 1, df2, ncp))


def cases_needed(
    pilot: Pilot, readers: int, effect: float, target: float, to: Generalises = Generalises.READERS_AND_CASES
) -> Plan | None:
    """Return the plan with the fewest cases, in the pilot's share of positives, whose power reaches the target.

    None if 100,000 cases do not: with too few readers no number of cases is enough.

    Raises:
        UsageError: if the target is not a power.
    """
    if not ALPHA < target < 1:
        raise UsageError(f"A power of {target} cannot be planned.", f"a number between {ALPHA} and 1, such as 0.8")
    low, high = 1, MOST_CASES
    if power(pilot, readers, high, effect, to).power < target:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        enough = power(pilot, readers, middle, effect, to).power >= target
        low, high = (low, middle) if enough else (middle, high)
    return power(pilot, readers, high, effect, to)
