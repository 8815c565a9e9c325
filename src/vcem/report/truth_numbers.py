"""The numbers of one method against the truth, and how a table shows them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from vcem.folders.truth import ACQUIRED
from vcem.report.fidelity import name_cell
from vcem.report.quantities import bounds, flat, number, percent
from vcem.report.study import Study
from vcem.report.tables import Cell, Record
from vcem.report.truth import Truth
from vcem.stats.auc import auc_difference, auc_interval
from vcem.stats.intervals import UNKNOWN, Interval, mean_intervals, share_interval

CHANCE = 0.5


@dataclass(frozen=True)
class Found:
    """The numbers of one method on some of the lesions."""

    right: Interval
    missed: Interval
    hallucinated: Interval
    error: Interval
    auc: Interval
    auc_before: Interval
    leak_auc: Interval
    leak_iodine: Interval


def found_of(truth: Truth, method: str, chosen: Bool[np.ndarray, " l"]) -> Found:
    """Measure one method on the chosen lesions, those that are faint or too small apart."""
    k, w = truth.methods.index(method), truth.weights
    on = chosen & truth.judged & ~np.isnan(truth.predicted[k])  # a method may lack a fold
    patients, positive = truth.patients[on], truth.enhancing[on] == 1
    after, before = truth.predicted[k, on], truth.before[k, on]
    wrong = np.where(positive, truth.missed[k, on], truth.hallucinated[k, on])
    missed, hallucinated = missed_and_hallucinated(truth, method, chosen)
    gain = np.where(positive, after - before, np.nan)
    has_before = not np.isnan(before).any()
    return Found(
        right=share_interval(1 - wrong, patients, w),
        missed=missed,
        hallucinated=hallucinated,
        error=mean_intervals(np.abs(after - truth.iodine[on])[:, None], patients, w)[0],
        auc=auc_interval(after, positive, patients, w),
        auc_before=auc_interval(before, positive, patients, w) if has_before else UNKNOWN,
        leak_auc=auc_difference(after, before, positive, patients, w) if has_before else UNKNOWN,
        leak_iodine=mean_intervals(gain[:, None], patients, w)[0] if has_before else UNKNOWN,
    )


def missed_and_hallucinated(
    truth: Truth, method: str, chosen: Bool[np.ndarray, " l"] | bool = True
) -> tuple[Interval, Interval]:
    """Return the shares of the chosen lesions that a method misses, and that it lights though they do not enhance."""
    k = truth.methods.index(method)
    on = chosen & truth.judged & ~np.isnan(truth.predicted[k])
    parts = (truth.missed[k, on], truth.hallucinated[k, on])
    missed, hallucinated = (share_interval(part, truth.patients[on], truth.weights) for part in parts)
    return missed, hallucinated


def stacked(interval: Interval, decimals: int = 2, sign: bool = False) -> Cell:
    """Return an estimate with its interval below it."""
    if np.isnan(interval.estimate):
        return Cell("–")
    return Cell(number(interval.estimate, decimals, sign), (bounds(interval, decimals, sign),))


def stacked_share(interval: Interval) -> Cell:
    """Return a share in per cent with its interval below it."""
    text, _, rest = percent(interval).partition(" (")
    return Cell(text, (rest.rstrip("%) "),) if rest else ())


def above_chance(interval: Interval) -> bool:
    """Return whether an AUC lies above chance with its whole interval."""
    return bool(interval.low > CHANCE)


def title_cell(study: Study, method: str) -> Cell:
    """Return a method's name for the first cell of its row."""
    return Cell("Acquired DES", mark="muted") if method == ACQUIRED else name_cell(study, method)


def short_of(study: Study, method: str) -> str:
    """Return the same for a tick or a row of dots."""
    return "Acquired DES" if method == ACQUIRED else study.short(method)


def record_of(method: str, numbers: dict[str, Interval]) -> Record:
    """Return the numbers of a row for a CSV file."""
    return {"method": method} | flat(numbers)
