"""Lesions found at equal numbers of false places: the comparison that no contrast of a method's images can sway."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vcem.core.files import Row
from vcem.folders.scores import is_reference
from vcem.metrics.froc import APART_PX, LOWEST_GREY
from vcem.metrics.lesion import DARK, GRID_PX, REACH_PX, SMOOTH_PX
from vcem.report.cases import left_out, pictured
from vcem.report.collect import labels
from vcem.report.compare import ALPHA, MOST_PAIRED
from vcem.report.fidelity import name_cell
from vcem.report.figures import GREY, STYLE, Drawing, colour, finish
from vcem.report.quantities import flat, p_value, percent, with_bounds
from vcem.report.study import Study
from vcem.report.tables import Cell, Table, row
from vcem.stats.free_response import Marks, curve, found_difference, found_interval
from vcem.stats.intervals import UNKNOWN, Interval, Weights, holm

RATES = (0.25, 0.5, 1.0)
"""False places per image at which methods are compared."""
COMPARED = 0.5
LE = "reference-le"
MOST_FALSE = 4.0
"""Right end of the figure's axis."""
HEADER = ("Method", *(f"Found at {rate:g} ↑" for rate in RATES))
Named = TypeVar("Named")


@dataclass(frozen=True)
class Difference(Generic[Named]):
    """How much more of the same lesions the first finds than the second at equal false places."""

    first: Named
    second: Named
    gain: Interval
    p: float
    p_holm: float

    @property
    def mark(self) -> str:
        """Better or worse where p after Holm's correction is below 0.05."""
        return "" if not self.p_holm < ALPHA else "better" if self.gain.estimate > 0 else "worse"

    @property
    def cells(self) -> tuple[Cell | str, ...]:
        """How a table shows it."""
        shown = Cell(with_bounds(self.gain, 2, sign=True), (), self.mark)
        return shown, p_value(self.p), p_value(self.p_holm)

    @property
    def numbers(self) -> dict[str, float]:
        """The same for a CSV file."""
        return {**flat({"difference": self.gain}), "p": self.p, "p_holm": self.p_holm}


def differences_of(
    pairs: Sequence[tuple[Named, Named]], marks: Callable[[Named, Named], tuple[Marks, Marks]], weights: Weights
) -> list[Difference[Named]]:
    """Return the differences of these pairs, one family of Holm's correction."""
    found = [found_difference(*marks(a, b), COMPARED, weights) for a, b in pairs]
    adjusted = holm(np.array([p for _, p in found], dtype=float))
    return [Difference(a, b, gain, p, float(h)) for (a, b), (gain, p), h in zip(pairs, found, adjusted, strict=True)]


@lru_cache(8)
def marks_of(study: Study, among: frozenset[int] | None = None) -> dict[str, Marks]:
    """Return every method's marks on the images of its own folds; none where runs were scored without marks.

    Args:
        study: what a report is made of.
        among: of its folds these alone.
    """
    own = _folds(study)
    return {m: _marks(study, rows, own[m] if among is None else own[m] & among) for m, rows in _rows(study).items()}


def _marks(study: Study, rows: list[Row], folds: frozenset[int]) -> Marks:
    owner = {name: k for k, name in enumerate(study.scores.patient_names)}
    tested = study.scores.patients[np.isin(study.scores.folds, list(folds))]
    images = np.bincount(tested, minlength=len(owner)).astype(float)
    kept = [k for k in np.flatnonzero(study.lesions.enhancing) if study.lesions.names[k][0] in folds]
    place = {study.lesions.names[k]: n for n, k in enumerate(kept)}
    best, false = np.full(len(kept), -np.inf), []
    for mark in rows:
        key = int(mark["fold"]), mark["pair"], mark["lesion"]
        if key[0] in folds and not mark["lesion"]:
            false.append((float(mark["rating"]), owner[mark["patient"]]))
        elif key in place:
            best[place[key]] = max(best[place[key]], float(mark["rating"]))
    ratings, places = np.array(false).reshape(-1, 2).T
    return Marks(ratings, places.astype(int), best, study.lesions.patients[kept], images)


def _folds(study: Study) -> dict[str, frozenset[int]]:
    """Return the folds that each method was tested on; references are on all."""
    learned = {label: frozenset(run.fold for run in runs) for label, runs in study.recipes.items()}
    every = frozenset().union(*learned.values())
    return {m: learned.get(m, every) for m in study.scores.methods}


def _rows(study: Study) -> dict[str, list[Row]]:
    """Return the marks of each method in the order of the tables; those of references once for each fold."""
    complete = all(run.tables.marks is not None for run in study.runs)
    found: dict[str, list[Row]] = {m: [] for m in study.scores.methods} if complete and study.lesions.names else {}
    names = labels(study.runs)
    taken: dict[tuple[str, int], Path] = {}
    for run in study.runs:
        for mark in run.tables.marks or ():
            method = mark["method"]
            label = method if is_reference(method) else names[run.recipe, run.method]
            first = taken.setdefault((label, run.fold), run.folder)
            if label in found and first == run.folder:
                found[label].append(mark)
    return found


def free_response_table(study: Study) -> Table:
    """Make the table of lesions found at equal false places; without marks it says so."""
    marks, rows, records = marks_of(study), [], []
    for method, own in marks.items():
        shares = [found_interval(own, rate, study.draws.weights) for rate in RATES]
        rows.append(row(name_cell(study, method), *(percent(s) for s in shares)))
        named = {f"found_at_{rate:g}": share for rate, share in zip(RATES, shares, strict=True)}
        records.append({"method": method} | flat(named))
    return Table("free-response", "Lesions found at equal false places", study.stamp, _caption(marks), HEADER,
                 tuple(rows), tuple(records), (_rules(),))  # fmt: skip


@lru_cache(1)
def found_differences(study: Study) -> list[Difference[str]]:
    """Return the differences of every two methods, and of each method and the LE image handed back."""
    folds = _folds(study)
    within = cache(lambda shared: marks_of(study, shared))
    there = within(frozenset().union(*folds.values()))
    learned = [m for m in study.scores.learned if m in there]
    among = combinations(learned, 2) if len(learned) <= MOST_PAIRED else ()
    pairs = [*among, *((m, LE) for m in learned if LE in there)]

    def both(a: str, b: str) -> tuple[Marks, Marks]:
        shared = within(folds[a] & folds[b])
        return shared[a], shared[b]

    return differences_of(pairs, both, study.draws.weights)


def found_differences_table(study: Study) -> Table:
    """Make the table of these paired differences."""
    found = found_differences(study)
    rows = [row(f"{study.short(d.first)} − {study.short(d.second)}", *d.cells) for d in found]
    records = [{"first": d.first, "second": d.second, **d.numbers} for d in found]
    header = ("Methods", f"Found at {COMPARED:g}, difference", "p", "p, Holm")
    caption = (
        f"Share of enhancing lesions found at {COMPARED:g} false places per image: differences on the same lesions "
        "with 95 % intervals, paired by patient; p by the patient bootstrap, Holm's correction over the table."
    )
    return Table("free-response-differences", "Differences at equal false places", study.stamp, caption, header,
                 tuple(rows), tuple(records))  # fmt: skip


def found_at(study: Study, method: str) -> Interval:
    """Return the share of enhancing lesions that a method finds at COMPARED false places; NaN without marks."""
    marks = marks_of(study).get(method)
    return found_interval(marks, COMPARED, study.draws.weights) if marks and marks.best.size else UNKNOWN


def _caption(marks: dict[str, Marks]) -> str:
    if not marks:
        return "No marks were recorded with these scores: run vcem score again to have lesions found at false places."
    lesions = max(own.best.size for own in marks.values())
    fewer = "; a method that lacks folds is judged on the lesions of its own" if len(
        {own.best.size for own in marks.values()}) > 1 else ""  # fmt: skip
    return (
        f"Share of the {lesions} enhancing lesions that have a mark at {', '.join(f'{r:g}' for r in RATES)} false "
        f"places per image{fewer}. Each method has its own threshold there, so methods are compared at equal false "
        "places and not at one threshold on images of unequal contrast. 95 % intervals by patient bootstrap, in which "
        "every resample finds its own threshold."
    )


def _rules() -> str:
    return (
        f"A mark is a peak of the local mean (sigma {SMOOTH_PX} pixels), {LOWEST_GREY} or more above the breast's "
        f"median and the highest within {APART_PX} pixels. It finds an enhancing lesion within {REACH_PX} pixels. It "
        f"is false where the true DES does not rise by {DARK} within {REACH_PX} pixels, unless a lesion lies there "
        "that is too small to judge. "
        f"Lengths are for a grid of {GRID_PX} and grow with it."
    )


def free_response_drawing(study: Study, form: str = "svg") -> Drawing | None:
    """Draw lesions found over false places per image, a line for each method; none without marks."""
    marks = marks_of(study)
    if not any(own.best.size for own in marks.values()):
        return None
    with style.context(STYLE):
        figure = Figure(figsize=(7, 3.6), layout="constrained")
        axes = figure.subplots()
        for method, own in _drawn(study, marks).items():
            dashes = dict(zip(study.scores.references, ("-", ":", "--"), strict=False)).get(method, "-")
            step_curve(axes, own, study.short(method), colour(study, method), dashes)
        axes.set(
            xlabel="False places per image", ylabel="Enhancing lesions found", ylim=(0, 1.02), xlim=(0, MOST_FALSE)
        )
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
        svg = finish(figure, study, form)
    caption = (
        "Free-response curves: share of enhancing lesions with a mark against false places per image, over all "
        f"thresholds; dots at {COMPARED:g} false places.{left_out(study)}"
    )
    return Drawing("free-response", svg, caption, f"Curves of {len(marks)} methods; the table gives their numbers.")


def _drawn(study: Study, marks: dict[str, Marks]) -> dict[str, Marks]:
    shown = pictured(study)
    return {m: own for m, own in marks.items() if is_reference(m) or m in shown}


def step_curve(axes: Axes, own: Marks, name: str, tint: str, dashes: str) -> None:
    """Draw one curve, with a dot where methods are compared."""
    false, found = curve(own)
    axes.step(false, found, where="post", color=tint, ls=dashes, lw=1 if tint == GREY else 1.8, label=name)
    at = found[np.searchsorted(false, COMPARED, side="right") - 1]
    axes.plot(COMPARED, at, "o", color=tint, ms=5, mec="white", clip_on=False)
