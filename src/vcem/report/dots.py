"""A table whose cells are pictures: dots with their intervals, a column a quantity on one common axis."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isnan
from statistics import fmean

from vcem.folders.scores import is_reference
from vcem.folders.truth import ACQUIRED
from vcem.report.quantities import bounds, flat, number
from vcem.report.runs import of_recipe
from vcem.report.study import Study
from vcem.report.tables import Record, Table, count, row
from vcem.stats.intervals import UNKNOWN, Interval

WIDTH, MARGIN = 120, 6
"""Of a cell's picture, in its own units."""
TINTS = 6
DENSE = 14
"""More rows than this are folded, low and without bounds, under at most so many."""
NOT_LEARNED = ("reference", "acquired", "ceiling")
GATHERED = (
    "A recipe of several seeds is one row: mean over its seeds, bar from the least to the greatest, each seed below."
)


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
    def short(self) -> "Dots | None":
        """The same in few rows; None where there are few.

        The seeds of one recipe share a row. Of learned methods that are still too many the first are shown, and before
        them those that win.
        """
        if not self.dense:
            return None
        lines = _gathered(self.lines)
        others = [line for line in lines if line.kind in NOT_LEARNED]
        learned = sorted(
            (line for line in lines if line.kind not in NOT_LEARNED), key=lambda o: o.verdict[0] != "better"
        )
        chosen = {line.name for line in (*others, *learned[: max(1, DENSE - len(others))])}
        kept = tuple(line for line in lines if line.name in chosen)
        told = [self.caption, *([GATHERED] if len(lines) < len(self.lines) else [])]
        if left := len(lines) - len(kept):
            told.append(f"{count(left, 'more row stands', 'more rows stand')} below.")
        return replace(self, caption=" ".join(told), lines=kept)

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


def _gathered(lines: Sequence[Line]) -> list[Line]:
    """Put the seeds of each recipe into one line."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(of_recipe(line.name), []).append(line)
    return [own[0] if len(own) == 1 else _gather(name, own) for name, own in groups.items()]


def _gather(name: str, own: Sequence[Line]) -> Line:
    found = tuple(_over(per) for per in zip(*(line.found for line in own), strict=True))
    return Line(f"{name}, {len(own)} seeds", own[0].kind, found, _votes([line.verdict for line in own]))


def _over(seeds: Sequence[Interval]) -> Interval:
    known = [i.estimate for i in seeds if not isnan(i.estimate)]
    return Interval(fmean(known), min(known), max(known)) if known else UNKNOWN


def _votes(verdicts: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return how many seeds have which verdict, told by its first words; the mark where all have the same."""
    found = Counter(words.split(",")[0].rstrip(".") for _, words in verdicts if words)
    marks = {mark for mark, words in verdicts if words}
    told = [f"{n} of {len(verdicts)} seeds: {words[:1].lower()}{words[1:]}" for words, n in found.most_common()]
    return (marks.pop() if len(marks) == 1 else "none" if marks else ""), "; ".join(told)


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
