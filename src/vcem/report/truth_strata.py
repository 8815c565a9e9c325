"""The numbers against the truth by LE look and by density, and those of the shuffle control."""

import numpy as np
from jaxtyping import Bool

from vcem.core.terms import OCCULT
from vcem.report.dots import Column, Dots, Line, kind_of
from vcem.report.strata import pooled, rest_of
from vcem.report.study import Study
from vcem.report.tables import Cell, Table, row
from vcem.report.truth import Truth
from vcem.report.truth_numbers import (
    CHANCE,
    Found,
    above_chance,
    found_of,
    missed_and_hallucinated,
    record_of,
    short_of,
    stacked,
    stacked_share,
    title_cell,
)
from vcem.stats.intervals import Interval

HEADER = (
    "Stratum", "Method", "Lesions", "Missed ↓", "Hallucinated at lesions ↓", "AUC ↑", "AUC before contrast",
)  # fmt: skip
CONTROL_HEADER = ("Method", "Lesions", "AUC before contrast", "AUC after contrast", "Shuffle control")
NAMES = {"look": "LE look", "density": "breast density"}
WITHIN = (
    "LE before contrast shows nothing of an occult lesion, so AUC before contrast belongs at 0.5 in that stratum; "
    "above it there is a leak, a memory or a flaw of the simulator."
)


def strata_table(study: Study, truth: Truth, by: str) -> Table:
    """Make the same by LE look or by density; strata of few lesions stand in one line."""
    rows, records = [], []
    strata, rest = _strata(truth, by)
    for value, chosen in strata.items():
        found = {m: found_of(truth, m, chosen) for m in truth.methods}
        rows += [_row(study, truth, value, chosen, m, found[m]) for m in truth.methods]
        records += [{by: value} | record_of(m, vars(found[m])) for m in truth.methods]
    tail = f" {WITHIN}" if by == "look" else ""
    caption = f"The same by {NAMES[by]}. Lesions: enhancing + not, the faint and the unmeasurable left out.{rest}{tail}"
    title = f"Invented and missed, by {NAMES[by]}"
    return Table(f"truth-{by}", title, study.stamp, caption, HEADER, tuple(rows), tuple(records))


def _strata(truth: Truth, by: str) -> tuple[dict[str, Bool[np.ndarray, " l"]], str]:
    """Return the lesions of each stratum, and which strata were put together in words."""
    values = np.array(truth.looks if by == "look" else truth.densities)
    order = sorted(set(values.tolist()), key=lambda v: (v == OCCULT, v))
    groups = pooled({v: _sides(truth, values == v) for v in order})
    return {heading: np.isin(values, among) for heading, among in groups.items()}, rest_of(groups)


def _sides(truth: Truth, chosen: np.ndarray) -> tuple[int, int]:
    """Return how many of these lesions enhance, and how many do not."""
    return int((truth.enhancing[chosen] == 1).sum()), int((truth.enhancing[chosen] == 0).sum())


def _row(study: Study, truth: Truth, value: str, chosen: np.ndarray, method: str, found: Found) -> tuple[Cell, ...]:
    sides = " + ".join(map(str, _sides(truth, chosen)))
    shares = (stacked_share(found.missed), stacked_share(found.hallucinated))
    return row(value, title_cell(study, method), sides, *shares, stacked(found.auc), _before(found.auc_before, value))


def truth_dots(study: Study, truth: Truth, by: str) -> tuple[Dots, ...]:
    """Draw the shares of that table, a column a stratum; none where there is one stratum only."""
    strata, rest = _strata(truth, by)
    if len(strata) < 2:
        return ()
    found = {m: [missed_and_hallucinated(truth, m, chosen) for chosen in strata.values()] for m in truth.methods}
    drawn = []
    for k, (name, title) in enumerate((("missed", "Enhancement missed"), ("hallucinated", "Enhancement invented"))):
        sizes = [f"{v}, {_sides(truth, chosen)[k]} lesions" for v, chosen in strata.items()]
        columns = tuple(Column(f"{name}_{n}", size, False, 0, True, (0, 1)) for n, size in enumerate(sizes))
        lines = tuple(Line(short_of(study, m), kind_of(study, m), tuple(own[k] for own in per))
                      for m, per in found.items())  # fmt: skip
        caption = f"{title}, against the true iodine: shares with 95 % patient-bootstrap intervals.{rest}"
        drawn.append(Dots(f"truth-{name}-by-{by}", f"{title}, by {NAMES[by]}", study.stamp, caption, columns, lines))
    return tuple(drawn)


def _before(interval: Interval, stratum: str) -> Cell:
    cell = stacked(interval)
    if stratum == OCCULT and above_chance(interval):
        return Cell(cell.text, (*cell.lines, "above chance"), "worse")
    return cell


def control_table(study: Study, control: Truth) -> Table:
    """Make the table of a cohort whose uptake has nothing to do with looks: an honest method is at chance."""
    rows, records = [], []
    for method in control.methods:
        found = found_of(control, method, np.ones(len(control.names), bool))
        told, mark = _verdict(found.auc_before)
        cells = (int(control.judged.sum()), stacked(found.auc_before), stacked(found.auc), Cell(told, mark=mark))
        rows.append(row(title_cell(study, method), *cells))
        records.append(record_of(method, vars(found)) | {"control": told})
    caption = (
        "Shuffle control: a simulated cohort in which uptake was drawn without regard to look. LE before contrast then "
        "holds no information, and the 95 % interval of an honest method's AUC holds 0.5; after contrast it may rise "
        "by as much as iodine shows in LE."
    )
    return Table(
        "shuffle-control", "Shuffle control", study.stamp, caption, CONTROL_HEADER, tuple(rows), tuple(records)
    )


def _verdict(interval: Interval) -> tuple[str, str]:
    """Say whether an AUC is at chance, and the mark of its cell."""
    if np.isnan(interval.estimate):
        return "not known", "muted"
    if np.isnan(interval.low):
        return "too few patients", "none"
    return ("at chance", "better") if interval.low <= CHANCE <= interval.high else ("not at chance", "worse")
