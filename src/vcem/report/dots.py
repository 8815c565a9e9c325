"""A table whose cells are pictures: dots with their intervals, a column a quantity on one common axis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

from vcem.folders.scores import is_reference
from vcem.folders.truth import ACQUIRED
from vcem.report.quantities import bounds, flat, number
from vcem.report.study import Study
from vcem.report.tables import Record, Table, row
from vcem.stats.intervals import Interval

WIDTH, MARGIN = 120, 6
"""Of a cell's picture, in its own units."""
TINTS = 6
DENSE = 14
"""With more methods than this the rows are low and bounds stand in the CSV file alone."""


@dataclass(frozen=True)
class Column:
    """One quantity or stratum. `ends` are those of its axis where they are given; `share` prints per cent."""

    name: str
    title: str
    higher_is_better: bool
    decimals: int = 2
    share: bool = False
    ends: tuple[float, float] | None = None

    def show(self, value: float) -> str:
        """Print a value."""
        if self.share and not isnan(value):
            return f"{100 * value:.0f} %"
        return number(value, self.decimals)

    def span(self, found: Interval) -> str:
        """Print the bounds of an interval, nothing where there are none."""
        if isnan(found.low):
            return ""
        if self.share:
            return f"{100 * found.low:.0f} to {100 * found.high:.0f} %"
        return bounds(found, self.decimals)


@dataclass(frozen=True)
class Line:
    """One row: a method's name, how it is drawn (`kind_of`, or "ceiling"), its intervals, its verdict.

    A verdict is a mark and a sentence.
    """

    name: str
    kind: str
    found: tuple[Interval, ...]
    verdict: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Dots:
    """Everything needed to read the picture alone; `name` is that of the CSV file with its numbers.

    `meaning` is more to know of them, folded.
    """

    name: str
    title: str
    stamp: str
    caption: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    meaning: str = ""

    @property
    def dense(self) -> bool:
        """Whether there are so many rows that they must be low."""
        return len(self.lines) > DENSE

    @property
    def judged(self) -> bool:
        """Whether rows have verdicts."""
        return any(line.verdict[1] for line in self.lines)

    def ends(self, k: int) -> tuple[float, float]:
        """Return the ends of a column's axis: those given, or the least and greatest bound in it."""
        return self.columns[k].ends or shared_ends(line.found[k] for line in self.lines)

    def at(self, k: int, value: float) -> float:
        """Return where a value lies on a column's axis, in the units of the picture; outside it at its end."""
        low, high = self.ends(k)
        share = min(max((value - low) / (high - low), 0), 1)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)

    def guides(self, k: int) -> list[tuple[str, float]]:
        """Return the best of the references and the ceiling in a column, where there are any, and where they lie."""
        best = max if self.columns[k].higher_is_better else min
        found = []
        for kind in ("reference", "ceiling"):
            known = [line.found[k].estimate for line in self.lines if line.kind == kind]
            if known := [v for v in known if not isnan(v)]:
                found.append((kind, self.at(k, best(known))))
        return found

    def table(self) -> Table:
        """Return the same as numbers, for the CSV and Markdown files."""
        pairs = [(line, list(zip(self.columns, line.found, strict=True))) for line in self.lines]
        rows = [row(line.name, *(_words(c, i) for c, i in own), *([line.verdict[1]] if self.judged else []))
                for line, own in pairs]  # fmt: skip
        records = [_record(line, own) for line, own in pairs]
        header = ("Method", *(c.title for c in self.columns), *(["Verdict"] if self.judged else []))
        return Table(self.name, self.title, self.stamp, f"{self.caption} {self.meaning}".strip(), header, tuple(rows),
                     tuple(records))  # fmt: skip


def _words(column: Column, found: Interval) -> str:
    span = column.span(found)
    return column.show(found.estimate) + (f" ({span})" if span else "")


def _record(line: Line, own: Sequence[tuple[Column, Interval]]) -> Record:
    return {"method": line.name} | flat({column.name: found for column, found in own})


def shared_ends(found: Iterable[Interval]) -> tuple[float, float]:
    """Return the least and greatest bound of all intervals: the ends of an axis that several columns share."""
    known = [v for own in found for v in vars(own).values() if not isnan(v)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    return (low, high) if high > low else (low, low + 1)


def kind_of(study: Study, method: str) -> str:
    """Return how a method is drawn: a colour of its own, the same in every figure, or grey for references."""
    if method == ACQUIRED:
        return "acquired"
    if is_reference(method):
        return "reference"
    return f"c{study.scores.learned.index(method) % TINTS}"
