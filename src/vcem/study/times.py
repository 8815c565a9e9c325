"""Reading times, learning while reading, and what the order of sessions does.

Times are skewed: they are averaged as logarithms, and effects are ratios. A time counts from the first paint to the
answer, less what the page was hidden.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import stats

from vcem.core.errors import UsageError
from vcem.metrics.intervals import LEVEL, MIN_PATIENTS, Interval, Weights, mean_draws, mean_intervals, percentile

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
    """The ratio of times at each doubling of the cases read: 0.9 is 10 % faster. `by_reader` has one value a reader."""

    ratio: Interval
    by_reader: tuple[float, ...]


@dataclass(frozen=True)
class Crossover:
    """Effects in a crossover of treatments A and B over two sessions, on the scale of the values given.

    `treatment` is A - B free of the session; `session` is first - second free of the treatment; `carry_over` is how
    much the readings of those who began with A exceed the others', summed over both sessions (Grizzle 1965). Carry-over
    is reported, not used to choose another analysis: that would spoil the level of the test (Freeman 1989).
    """

    treatment: Interval
    session: Interval
    carry_over: Interval


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
        raise UsageError(f"{logs.size} readings of one reader tell no slope.", "more readings, at different places")
    return float(np.linalg.lstsq(design, logs, rcond=None)[0][0])


def crossover(
    first: Float[np.ndarray, " n"],
    second: Float[np.ndarray, " n"],
    began_with_a: Bool[np.ndarray, " n"],
    patients: Patients,
    weights: Weights,
) -> Crossover:
    """Return the effects of a two-session crossover (Senn 2002, chapter 3), with patient-bootstrap intervals.

    With d = first - second and s = first + second of a reader and case, and means over those who began with A and B:
    treatment = (d_A - d_B) / 2, session = (d_A + d_B) / 2, carry-over = s_A - s_B.

    Args:
        first: value of each reader and case in the first session: log time, a rating, right or wrong.
        second: the same in the second session.
        began_with_a: whether the first session showed treatment A.
        patients: number of each case's patient.
        weights: from `vcem.metrics.intervals.draw_patients`.

    Raises:
        UsageError: if all began with the same treatment: treatment and session then cannot be told apart.
    """
    if began_with_a.all() or not began_with_a.any():
        raise UsageError("All readings began with the same treatment.", "both orders, A then B and B then A")
    d, s = first - second, first + second
    columns = np.column_stack([np.where(g, v, np.nan) for v in (d, s) for g in (began_with_a, ~began_with_a)])
    whole = mean_draws(columns, patients, np.ones((1, weights.shape[1])))
    drawn = mean_draws(columns, patients, weights)
    enough = np.unique(patients).size >= MIN_PATIENTS

    def effect(contrast: tuple[float, float, float, float]) -> Interval:
        return percentile(float((whole @ np.array(contrast))[0]), drawn @ np.array(contrast), enough)

    return Crossover(effect((0.5, -0.5, 0, 0)), effect((0.5, 0.5, 0, 0)), effect((0, 0, 1, -1)))


def _logs(seconds: Seconds) -> Seconds:
    if not seconds.size or not np.isfinite(seconds).all() or (seconds <= 0).any():
        raise UsageError("Some reading times are not above 0 s.", "finite times above 0; leave interrupted ones out")
    return np.log(seconds)
