"""What the sessions of a crossover do to readings: treatment and session parted, and what is carried over.

Each reader reads each case in every session, each time under another treatment; blocks of cases begin with different
treatments (a Latin square). Carry-over is reported and not used to choose another analysis: that would spoil the level
of the test (Freeman 1989).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from vcem.core.errors import UsageError
from vcem.stats.intervals import MIN_PATIENTS, Interval, Weights, mean_draws, percentile

DRAWS = 1999
Values = Float[np.ndarray, "r c s"]
Shown = Int[np.ndarray, "r c s"]


@dataclass(frozen=True)
class Crossover:
    """Effects on the scale of the values given, each against the first treatment or session.

    `carry_over_p` is the p of no carry-over: the sum of a reader's values of a case over all sessions does not depend
    on the treatment that it began with (Grizzle 1965; Senn 2002, chapter 3).
    """

    treatments: tuple[Interval, ...]
    sessions: tuple[Interval, ...]
    carry_over_p: float


def crossover(
    values: Values, shown: Shown, groups: Int[np.ndarray, " c"], weights: Weights, rng: np.random.Generator
) -> Crossover:
    """Return the effects of a crossover, from the means of each treatment in each session (Senn 2002, chapters 3, 5).

    Every block of cases is once in each session and once under each treatment. The mean over treatments of a session's
    cell means is therefore free of treatments, and the mean over sessions of a treatment's free of sessions.

    Args:
        values: of each reader, case and session; NaN where unknown. One case per patient.
        shown: number of the treatment shown there.
        groups: stratum of each case; exchanges stay inside it.
        weights: from `vcem.stats.intervals.draw_patients`, one column per case.
        rng: draws the exchanges of the carry-over test.

    Raises:
        UsageError: if a treatment was never shown in one of the sessions: the two cannot be told apart.
    """
    count = values.shape[2]
    columns = np.column_stack([
        np.where(shown[:, :, s] == t, values[:, :, s], np.nan).ravel() for t in range(count) for s in range(count)
    ])  # fmt: skip
    if np.isnan(columns).all(0).any():
        raise UsageError("Not every treatment was read in every session.", "both orders, A then B and B then A")
    cases = np.tile(np.arange(values.shape[1]), values.shape[0])
    whole = mean_draws(columns, cases, np.ones((1, values.shape[1])))[0].reshape(count, count)
    drawn = mean_draws(columns, cases, weights).reshape(-1, count, count)
    enough = values.shape[1] >= MIN_PATIENTS

    def against_first(axis: int) -> tuple[Interval, ...]:
        means, draws = whole.mean(axis), drawn.mean(axis + 1)
        return tuple(percentile(float(means[k] - means[0]), draws[:, k] - draws[:, 0], enough) for k in range(1, count))

    return Crossover(against_first(1), against_first(0), carry_over_p(values, shown, groups, rng))


def carry_over_p(values: Values, shown: Shown, groups: Int[np.ndarray, " c"], rng: np.random.Generator) -> float:
    """Return the p of sums over sessions being alike whatever came first; NaN where nothing varies.

    Cases were dealt to the orders at random: exchanging cases within strata, for all readers together, would change
    nothing (Fisher 1935); the arrangement seen counts among the random ones (Phipson & Smyth 2010).
    """
    sums, first = values.sum(2), shown[:, :, 0]
    known = ~np.isnan(sums)
    levels = np.where(known, sums, 0.0).sum(1, keepdims=True) / np.maximum(known.sum(1, keepdims=True), 1)
    rest = sums - levels  # readers' own levels removed
    if not known.any() or not (np.abs(rest[known]) > 1e-9).any():
        return float("nan")
    began = np.equal.outer(first, np.arange(values.shape[2])).astype(float)
    # [c, k, t]: what case c would bring to those who began with t if it stood in the place of case k
    sums_at = np.einsum("rc,rkt->ckt", np.where(known, rest, 0.0), began)
    numbers_at = np.einsum("rc,rkt->ckt", known.astype(float), began)
    places = np.arange(groups.size)
    order = np.concatenate([places[None], _exchanges(groups, rng)])
    total, number = sums_at[order, places].sum(1), numbers_at[order, places].sum(1)
    spread = (total**2 / np.maximum(number, 1)).sum(1)
    return float((spread >= spread[0] * (1 - 1e-9)).mean())


def _exchanges(groups: Int[np.ndarray, " c"], rng: np.random.Generator) -> Int[np.ndarray, "d c"]:
    """Return random orders of the cases that keep each place's group."""
    keys = rng.random((DRAWS, groups.size)) + np.unique(groups, return_inverse=True)[1]
    order = np.empty(keys.shape, np.int64)
    order[:, np.argsort(groups, kind="stable")] = np.argsort(keys, axis=1)
    return order


def washout_days(session: Sequence[int], at: Sequence[datetime]) -> tuple[float, ...]:
    """Return the days between the last answer of each session and the first of the next, of one reader."""
    times: dict[int, list[datetime]] = {}
    for s, t in zip(session, at, strict=True):
        times.setdefault(s, []).append(t)
    order = sorted(times)
    return tuple((min(times[b]) - max(times[a])).total_seconds() / 86400 for a, b in pairwise(order))
