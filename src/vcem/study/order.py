"""What the order of reading does to answers: the first half of each reader's readings against the second."""

from collections.abc import Callable, Sequence

import numpy as np

from vcem.stats.intervals import MIN_PATIENTS, Interval, mean_draws, percentile, share_interval
from vcem.study.design import Design
from vcem.study.readings import Reading, patients
from vcem.study.result_tables import Table, percent
from vcem.study.results import weights_of

Asked = dict[str, Callable[[Reading], bool]]


def second_half(read: Sequence[Reading]) -> list[bool]:
    """Return whether each reading lies in the second half of its reader's readings of one session."""
    own: dict[tuple[str, int], list[int]] = {}
    for r in read:
        own.setdefault((r.item.reader, r.item.session), []).append(r.item.position)
    middle = {key: float(np.median(positions)) for key, positions in own.items()}
    return [r.item.position > middle[r.item.reader, r.item.session] for r in read]


def order_table(design: Design, read: Sequence[Reading], asked: Asked) -> list[Table]:
    """Return how often readers answered in a way in either half, and the difference over patients; none of one half."""
    late = np.array(second_half(read))
    if late.all() or not late.any():
        return []
    rows = [(what, *map(percent, _halves(design, read, late, flag))) for what, flag in asked.items()]
    note = (
        "First and second half of each reader's readings. Images come in random order, so a difference beyond its "
        "interval is of the order: readers learn, or tire."
    )
    return [Table("Order", note, ("answers", "first half", "second half", "second less first"), tuple(rows))]


def _halves(
    design: Design, read: Sequence[Reading], late: np.ndarray, flag: Callable[[Reading], bool]
) -> tuple[Interval, Interval, Interval]:
    values, number, weights = np.array([float(flag(r)) for r in read]), patients(read), weights_of(design, read)
    columns = np.stack([np.where(late, np.nan, values), np.where(late, values, np.nan)], 1)
    first, second = (share_interval(columns[:, k], number, weights) for k in (0, 1))
    drawn = mean_draws(columns, number, weights)
    enough = np.unique(number).size >= MIN_PATIENTS
    return first, second, percentile(second.estimate - first.estimate, drawn[:, 1] - drawn[:, 0], enough)
