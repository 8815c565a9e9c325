"""Is reading the synthetic image as good as reading the real one? Equivalence must be shown, not assumed.

"The same accuracy", or a difference that is not significant, shows nothing: a small study finds no difference between
anything. Two one-sided tests (Schuirmann 1987) show that the difference is smaller than a margin fixed beforehand.
"""

from dataclasses import dataclass
from math import isnan, sqrt

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import optimize, stats

from vcem.core.errors import UsageError
from vcem.stats.intervals import MIN_PATIENTS, Weights, mean_draws

ALPHA = 0.05
Flags = Bool[np.ndarray, " n"]


@dataclass(frozen=True)
class PairedShares:
    """Two shares of the same trials, such as readings of one breast on the real and on the synthetic image.

    `only_first` and `only_second` count the trials that were right on one alone. `p_differs` is the exact test of
    McNemar (1947): it tests for a difference, and says nothing about equivalence.
    """

    trials: int
    both: int
    only_first: int
    only_second: int

    @property
    def difference(self) -> float:
        """The share of the first less that of the second."""
        return (self.only_first - self.only_second) / self.trials

    @property
    def p_differs(self) -> float:
        """Exact two-sided p of no difference; 1 without discordant trials."""
        discordant = self.only_first + self.only_second
        return float(stats.binomtest(self.only_first, discordant).pvalue) if discordant else 1.0


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests at a margin, with the 90 % interval that is inside the margin exactly if they both succeed.

    `p_not_worse` tests that the second is not worse by the margin or more (non-inferiority), `p_not_better` that it is
    not better; equivalence needs both. `clustered_*` is the 90 % percentile interval over resampled patients, NaN for
    fewer than 5; where patients have several trials it, and not the score test, decides.
    """

    margin: float
    difference: float
    low: float
    high: float
    p_not_worse: float
    p_not_better: float
    clustered_low: float
    clustered_high: float
    clustered: bool

    @property
    def equivalent(self) -> bool:
        """Whether equivalence within the margin is shown at 5 %."""
        low, high = (self.clustered_low, self.clustered_high) if self.clustered else (self.low, self.high)
        return not isnan(low) and -self.margin < low and high < self.margin

    @property
    def not_inferior(self) -> bool:
        """Whether the second is shown to be worse by less than the margin, at 5 % one-sided."""
        high = self.clustered_high if self.clustered else self.high
        return not isnan(high) and high < self.margin


def pair(first: Flags, second: Flags) -> PairedShares:
    """Count the trials that were right on both, on one, on neither.

    Raises:
        UsageError: if there are none.
    """
    if not first.size:
        raise UsageError("There are no pairs to compare.", "readings of the same cases on both kinds of image")
    return PairedShares(
        first.size, int((first & second).sum()), int((first & ~second).sum()), int((~first & second).sum())
    )


def score_z(shares: PairedShares, delta: float) -> float:
    """Return the score statistic of difference = delta for paired shares (Tango 1998).

    (b - c - n delta) / sqrt(n (2 q + delta (1 - delta))), q the share of `only_second` that is likeliest under delta.
    It gives the interval published by Fagerland, Lydersen & Laake (2014, table V).
    """
    n, b, c = shares.trials, shares.only_first, shares.only_second
    linear = -b - c + (2 * n - b + c) * delta
    constant = -c * delta * (1 - delta)
    nuisance = (sqrt(max(linear**2 - 8 * n * constant, 0.0)) - linear) / (4 * n)
    variance = n * (2 * nuisance + delta * (1 - delta))
    distance = b - c - n * delta
    if variance <= 0:
        return 0.0 if distance == 0 else float("inf") if distance > 0 else float("-inf")
    return distance / sqrt(variance)


def score_interval(shares: PairedShares, level: float) -> tuple[float, float]:
    """Return the interval of all differences that the score test does not reject (Tango 1998)."""
    z = float(stats.norm.ppf((1 + level) / 2))
    d, edge = shares.difference, 1 - 1e-9
    low = -1.0 if d <= -edge else _solve(shares, z, -edge, d)
    high = 1.0 if d >= edge else _solve(shares, -z, d, edge)
    return low, high


def _solve(shares: PairedShares, z: float, low: float, high: float) -> float:
    def beyond(delta: float) -> float:
        return float(np.clip(score_z(shares, delta), -1e6, 1e6)) - z

    return float(optimize.brentq(beyond, low, high, xtol=1e-10))


def equivalence(
    first: Flags, second: Flags, patients: Int[np.ndarray, " n"], weights: Weights, margin: float
) -> Equivalence:
    """Test that two shares of the same trials differ by less than the margin.

    Args:
        first: whether each trial was right on the real image.
        second: whether it was right on the synthetic one.
        patients: number of each trial's patient; readings of one case by several readers share it.
        weights: from `vcem.stats.intervals.draw_patients`.
        margin: the greatest difference that does not matter, fixed before the study.

    Raises:
        UsageError: if the margin is not between 0 and 1.
    """
    if not 0 < margin < 1:
        raise UsageError(f"A margin of {margin} is not possible.", "a share between 0 and 1, such as 0.05")
    shares = pair(first, second)
    low, high = score_interval(shares, 1 - 2 * ALPHA)
    clustered_low, clustered_high = _clustered(first.astype(float) - second, patients, weights)
    return Equivalence(
        margin,
        shares.difference,
        low,
        high,
        float(stats.norm.cdf(score_z(shares, margin))),
        float(stats.norm.sf(score_z(shares, -margin))),
        clustered_low,
        clustered_high,
        bool(np.unique(patients).size < patients.size),
    )


def _clustered(
    differences: Float[np.ndarray, " n"], patients: Int[np.ndarray, " n"], weights: Weights
) -> tuple[float, float]:
    """Return the 90 % percentile interval over patients.

    Where all trials agree the bootstrap would claim certainty: the score interval is given with each patient as one
    trial.
    """
    count = np.unique(patients).size
    if not np.ptp(differences):
        sign = int(differences[0])
        return score_interval(PairedShares(count, 0, count * (sign > 0), count * (sign < 0)), 1 - 2 * ALPHA)
    if count < MIN_PATIENTS:
        return float("nan"), float("nan")
    draws = mean_draws(differences[:, None], patients, weights)[:, 0]
    low, high = np.nanquantile(draws, [ALPHA, 1 - ALPHA])
    return float(low), float(high)
