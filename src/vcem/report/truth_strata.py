"""The numbers against the truth by LE look and by density, and those of the shuffle control."""

import numpy as np

from vcem.core.terms import OCCULT
from vcem.report.study import Study
from vcem.report.tables import Cell, Table, row
from vcem.report.truth import Truth
from vcem.report.truth_numbers import (
    CHANCE,
    above_chance,
    found_of,
    record_of,
    stacked,
    stacked_share,
    title_cell,
)
from vcem.stats.intervals import Interval

HEADER = (
    "Stratum", "Method", "Lesions", "Missed ↓", "Hallucinated at lesions ↓", "AUC ↑", "AUC before contrast",
)  # fmt: skip
CONTROL_HEADER = ("Method", "Lesions", "AUC before contrast", "AUC after contrast", "Shuffle control")
WITHIN = (
    "LE before contrast shows nothing of an occult lesion, so AUC before contrast belongs at 0.5 in that stratum; "
    "above it there is a leak, a memory or a flaw of the simulator."
)


def strata_table(study: Study, truth: Truth, by: str) -> Table:
    """Make the same by LE look or by density."""
    values = truth.looks if by == "look" else truth.densities
    order = sorted(set(values), key=lambda v: (v == OCCULT, v))
    rows, records = [], []
    for value in order:
        chosen = np.array([v == value for v in values], bool)
        lit, dark = (int((truth.enhancing[chosen] == v).sum()) for v in (1, 0))
        for method in truth.methods:
            found = found_of(truth, method, chosen)
            shares = (stacked_share(found.missed), stacked_share(found.hallucinated))
            before = _before(found.auc_before, value)
            rows.append(row(value or "–", title_cell(study, method), f"{lit} + {dark}", *shares, stacked(found.auc),
                            before))  # fmt: skip
            records.append({by: value} | record_of(method, vars(found)))
    name, tail = ("LE look", f" {WITHIN}") if by == "look" else ("breast density", "")
    caption = f"The same by {name}. Lesions: enhancing + not, the faint and the unmeasurable left out.{tail}"
    title = f"Invented and missed, by {name}"
    return Table(f"truth-{by}", title, study.stamp, caption, HEADER, tuple(rows), tuple(records))


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
