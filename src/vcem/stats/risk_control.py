"""By which factor to widen intervals so that few pixels of a patient lie outside (Angelopoulos et al. 2022).

A patient's loss is the share of her pixels outside their intervals, in [0, 1]; patients are taken as exchangeable, the
calibrated ones with those to come. Intervals grow with the factor, so every loss falls. The smallest factor is taken
from which on an upper bound of the mean loss stays at or below alpha. Bounds of the mean of n losses:

- HOEFFDING_BENTKUS and BETTING hold with probability 1 - delta over the draw of the patients: min of Hoeffding's
  exp(-n KL(mean, risk)) and Bentkus' e P(Binomial(n, risk) <= n mean) (Bates et al. 2021, section 3.1), and the
  capital of a bet against the risk (Waudby-Smith & Ramdas 2024, section 4.1), which gains by losses that are alike.
- EXPECTED holds in the mean over draws of the patients alone: (n mean + 1) / (n + 1) (Angelopoulos et al. 2024,
  "Conformal risk control").
"""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from jaxtyping import Float
from scipy.stats import binom

from vcem.core.arrays import Grey

Losses = Float[np.ndarray, " n"]
MOST_PATIENTS = 10_000
TINY = 1e-12


class Bound(StrEnum):
    """Which upper bound of the mean loss."""

    BETTING = "betting"
    HOEFFDING_BENTKUS = "hoeffding-bentkus"
    EXPECTED = "expected"


def holds(losses: Losses, alpha: float, delta: float, bound: Bound) -> bool:
    """Return whether the upper bound of the mean loss is at most alpha.

    Args:
        losses: one of each patient, in [0, 1], in an order that does not hang on them.
        alpha: the mean loss that is allowed.
        delta: how often the bound may fail; EXPECTED has none.
        bound: which.
    """
    return bool(losses.mean() <= alpha and _HOLDS[bound](losses, alpha, delta))


def _hoeffding_bentkus(losses: Losses, alpha: float, delta: float) -> bool:
    n, mean = losses.size, float(np.clip(losses.mean(), TINY, 1 - TINY))
    divergence = mean * np.log(mean / alpha) + (1 - mean) * np.log((1 - mean) / (1 - alpha))
    bentkus = np.e * binom.cdf(np.ceil(n * losses.mean() - TINY), n, alpha)
    return bool(min(np.exp(-n * divergence), bentkus) <= delta)


def _betting(losses: Losses, alpha: float, delta: float) -> bool:
    n = losses.size
    count = np.arange(1, n + 1)
    mean = (0.5 + np.cumsum(losses)) / (1 + count)
    variance = (0.25 + np.cumsum((losses - mean) ** 2)) / (1 + count)
    known = np.concatenate([[0.25], variance[:-1]])  # before each bet
    stakes = np.minimum(1, np.sqrt(2 * np.log(1 / delta) / (n * known)))
    return bool(np.cumsum(np.log1p(-stakes * (losses - alpha))).max() >= np.log(1 / delta))


def _expected(losses: Losses, alpha: float, delta: float) -> bool:
    return bool((losses.sum() + 1) / (losses.size + 1) <= alpha)


_HOLDS: dict[Bound, Callable[[Losses, float, float], bool]] = {
    Bound.BETTING: _betting,
    Bound.HOEFFDING_BENTKUS: _hoeffding_bentkus,
    Bound.EXPECTED: _expected,
}


def least_patients(alpha: float, delta: float, bound: Bound) -> int:
    """Return how many patients a bound needs even if no pixel of theirs is ever outside."""
    return next((n for n in range(1, MOST_PATIENTS) if holds(np.zeros(n), alpha, delta, bound)), MOST_PATIENTS)


def factor_of(
    losses: Float[np.ndarray, "n k"], factors: Float[np.ndarray, " k"], alpha: float, delta: float, bound: Bound
) -> float | None:
    """Return the smallest factor from which on the bound holds; None where it does not at the largest.

    Args:
        losses: of each patient at each factor.
        factors: rising.
        alpha: the mean loss that is allowed.
        delta: how often the bound may fail.
        bound: which.
    """
    found = None
    for k in range(len(factors) - 1, -1, -1):
        if not holds(losses[:, k], alpha, delta, bound):
            break
        found = float(factors[k])
    return found


def half_width_of(y_hat: Grey, lower: Grey, upper: Grey, factor: float) -> Grey:
    """Return half the width of the interval around an image that is left within [0, 1]."""
    low = np.clip(y_hat - factor * lower, 0, 1)
    return (np.clip(y_hat + factor * upper, 0, 1) - low) / 2
