"""Reading times, and learning while reading.

Times are skewed: they are averaged as logarithms, and effects are ratios. A time counts from the first paint to the
answer, less what the page was hidden.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from vcem.core.errors import UsageError
from vcem.stats.intervals import LEVEL, Interval, Weights, mean_intervals

Seconds = Float[np.ndarray, " n"]
Patients = Int[np.ndarray, " n"]


@dataclass(frozen=True)
class Typical:
    """A typical reading time: geometric mean with its patient-bootstrap interval, median and quartiles, in seconds."""

    readings: int
    mean_s: Interval
    lower_quartile_s: float
    median_s: float
    upper_quartile_s: float


@dataclass(frozen=True)
class Learning:
    """The ratio of times at each doubling of the cases read: 0.9 is 10 % faster. `by_reader`: one value per reader."""

    ratio: Interval
    by_reader: tuple[float, ...]


def typical(seconds: Seconds, patients: Patients, weights: Weights) -> Typical:
    """Return the typical time of some readings."""
    logs = _logs(seconds)
    found = mean_intervals(logs[:, None], patients, weights)[0]
    mean = Interval(*(float(np.exp(v)) for v in (found.estimate, found.low, found.high)))
    return Typical(seconds.size, mean, *(float(q) for q in np.quantile(seconds, [0.25, 0.5, 0.75])))


def learning(
    seconds: Seconds, position: Int[np.ndarray, " n"], reader: Int[np.ndarray, " n"], arm: Int[np.ndarray, " n"]
) -> Learning:
    """Return how fast readers become: the power law of practice (Newell & Rosenbloom 1981) fitted to each reader.

    log2 time = a_arm + b log2 position by least squares; the ratio at each doubling is 2^b. The interval is that of t
    over readers, NaN for one reader: the readers are the sample.

    Args:
        seconds: reading times.
        position: place of each reading in the reader's own order, from 1.
        reader: number of each reading's reader.
        arm: number of each reading's kind of image; kinds may take different times.

    Raises:
        UsageError: if a reader has too few readings to tell a slope from the arms.
    """
    logs = _logs(seconds) / np.log(2)
    slopes = np.array([_slope(logs[reader == r], position[reader == r], arm[reader == r]) for r in np.unique(reader)])
    mean = float(slopes.mean())
    half = float("nan")
    if slopes.size > 1:
        half = float(stats.t.ppf((1 + LEVEL) / 2, slopes.size - 1) * slopes.std(ddof=1) / np.sqrt(slopes.size))
    ratio = Interval(2**mean, 2 ** (mean - half), 2 ** (mean + half))
    return Learning(ratio, tuple(float(2**s) for s in slopes))


def _slope(logs: Seconds, position: Int[np.ndarray, " n"], arm: Int[np.ndarray, " n"]) -> float:
    if (position < 1).any():
        raise UsageError("A reading has a place below 1.", "places counted from 1")
    arms = (arm[:, None] == np.unique(arm)).astype(float)
    design = np.column_stack([np.log2(position), arms])
    if logs.size <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        raise UsageError(f"{logs.size} readings of one reader give no slope.", "more readings, at different places")
    return float(np.linalg.lstsq(design, logs, rcond=None)[0][0])


def _logs(seconds: Seconds) -> Seconds:
    if not seconds.size or not np.isfinite(seconds).all() or (seconds <= 0).any():
        raise UsageError("Some reading times are not above 0 s.", "finite times above 0; leave interrupted ones out")
    return np.log(seconds)
