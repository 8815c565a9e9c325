"""Tables of results as text, with the intervals that are drawn beside them."""

from dataclasses import dataclass
from math import isnan

from vcem.stats.intervals import Interval
from vcem.stats.proportions import Share


@dataclass(frozen=True)
class Table:
    """A table of the page.

    `drawn` holds for each row the interval of a share that is drawn, `chance` a line through it, `paper` what the paper
    found in its place. The first `keys` columns name a row.
    """

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    drawn: tuple[Interval, ...] = ()
    chance: float | None = None
    paper: tuple[float, ...] = ()
    keys: int = 1
    axis: str = "0 to 100 %"


def no_bounds(interval: Interval) -> bool:
    """Return whether there are no honest bounds: too few patients, or no spread seen, which is no certainty."""
    return isnan(interval.low) or interval.low == interval.high


def percent(interval: Interval) -> str:
    """Return a share with its interval in per cent."""
    if isnan(interval.estimate):
        return "–"
    if no_bounds(interval):
        return f"{100 * interval.estimate:.1f} %"
    return f"{100 * interval.estimate:.1f} % ({100 * interval.low:.1f} to {100 * interval.high:.1f})"


def number(interval: Interval, digits: int = 2) -> str:
    """Return a number with its interval."""
    if isnan(interval.estimate):
        return "–"
    if no_bounds(interval):
        return f"{interval.estimate:.{digits}f}"
    return f"{interval.estimate:.{digits}f} ({interval.low:.{digits}f} to {interval.high:.{digits}f})"


def p_value(p: float) -> str:
    """Return a p value."""
    return "–" if isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def honest(share: Share) -> Interval:
    """Return the interval over patients, or that of Wilson where there are too few patients for one."""
    return share.wilson if isnan(share.by_patient.low) else share.by_patient


def shares(share: Share) -> tuple[str, str, str]:
    """Return hits of trials, and both intervals."""
    return f"{share.hits} of {share.trials}", percent(share.wilson), percent(share.by_patient)
