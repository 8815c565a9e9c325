"""How often readers tell real from synthetic, or name the right BI-RADS category: shares with intervals and tests.

As in the paper, a real image is a positive: the true positive rate is the share of real images called real, the true
negative rate that of synthetic images called synthetic. A reader who always says "real" has 100 % and 0 %: the two
rates mean little apart, so the test against chance asks whether the answers depend on the truth at all.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import stats

from vcem.core.errors import UsageError
from vcem.stats.intervals import LEVEL, UNKNOWN, Interval, Weights, share_interval

Flags = Bool[np.ndarray, " n"]
Patients = Int[np.ndarray, " n"]


@dataclass(frozen=True)
class Share:
    """Hits of trials with the interval of Wilson (1927) for independent trials, and the one that keeps patients whole.

    The second is the honest one where a patient gives several images or several readers answer.
    """

    hits: int
    trials: int
    wilson: Interval
    by_patient: Interval


@dataclass(frozen=True)
class Reading:
    """One reader, or a consensus: rates and tests.

    `p_half` is exact and two-sided for accuracy being 1/2, the sign test; it is what guessing gives only where as many
    images are real as synthetic. `p_depends` is Fisher's exact test that answers do not depend on the truth, whatever
    the reader's leaning. `sensitivity_index` is d' and `criterion` c of signal detection; c below 0 leans to "real".
    """

    true_positive_rate: Share
    true_negative_rate: Share
    accuracy: Share
    p_half: float
    p_depends: float
    sensitivity_index: float
    criterion: float


def wilson(hits: int, trials: int) -> Interval:
    """Return a share with the score interval of Wilson (1927); NaN without trials."""
    if trials == 0:
        return UNKNOWN
    found = stats.binomtest(hits, trials).proportion_ci(LEVEL, "wilson")
    return Interval(hits / trials, float(found.low), float(found.high))


def share(hits: Flags, patients: Patients, weights: Weights) -> Share:
    """Return the share of hits among images with both intervals."""
    values: Float[np.ndarray, " n"] = hits.astype(float)
    clustered = share_interval(values, patients, weights) if hits.size else wilson(0, 0)
    return Share(int(hits.sum()), hits.size, wilson(int(hits.sum()), hits.size), clustered)


def exact_binomial(hits: int, trials: int, chance: float = 0.5) -> float:
    """Return the exact two-sided p of a share against chance (Clopper & Pearson 1934); NaN without trials."""
    return float(stats.binomtest(hits, trials, chance).pvalue) if trials else float("nan")


def read_against_truth(real: Flags, said_real: Flags, patients: Patients, weights: Weights) -> Reading:
    """Return rates, intervals and tests of one reader's answers.

    Args:
        real: whether each image is real.
        said_real: whether the reader said so.
        patients: number of each image's patient.
        weights: from `vcem.stats.intervals.draw_patients`.

    Raises:
        UsageError: if there is no real or no synthetic image.
    """
    if real.all() or not real.any():
        raise UsageError("All images are of one kind.", "real and synthetic images")
    right = real == said_real
    positive, negative = (share(right[kind], patients[kind], weights) for kind in (real, ~real))
    d, c = signal_detection(positive, negative)
    table = [
        [positive.hits, positive.trials - positive.hits],
        [negative.trials - negative.hits, negative.hits],
    ]
    return Reading(
        positive,
        negative,
        share(right, patients, weights),
        exact_binomial(int(right.sum()), right.size),
        float(stats.fisher_exact(table).pvalue),
        d,
        c,
    )


def signal_detection(positive: Share, negative: Share) -> tuple[float, float]:
    """Return d' = z(hit) - z(false alarm) and c = -(z(hit) + z(false alarm)) / 2 (Green & Swets 1966).

    Half an answer is added to each cell so that rates of 0 and 1 stay finite (Hautus 1995).
    """
    hit = stats.norm.ppf((positive.hits + 0.5) / (positive.trials + 1))
    alarm = stats.norm.ppf((negative.trials - negative.hits + 0.5) / (negative.trials + 1))
    return float(hit - alarm), float(-(hit + alarm) / 2)
