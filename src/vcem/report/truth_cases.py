"""Which simulated cases are shown, by a rule, and their panel: LE, true iodine, DES and every method."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcem.report.cases import left_out, pictured
from vcem.report.page import Panel, Picture
from vcem.report.study import Study
from vcem.report.truth import Truth

RULE = (
    "For each LE look the test image of the lesion that enhances and whose iodine error, averaged over the learned "
    "methods, lies in the middle of all such lesions of that look (the lower middle of an even number; ties by name); "
    "for looks without one, the same among those that do not enhance."
)
LEGEND = (
    "In LE, true iodine and DES: enhancing lesions yellow, others grey. In the methods: green right, orange with M "
    "missed, blue with H hallucinated, grey faint; blue circles are false places. True iodine and all DES have one "
    "fixed grey scale."
)
REAL = (("le", "LE after contrast"), ("iodine", "True iodine"), ("des", "Acquired DES"))


@dataclass(frozen=True)
class TruthCase:
    """One image to show, chosen for a lesion of this look."""

    fold: int
    pair: str
    look: str
    enhancing: bool


def choose_truth(study: Study) -> list[TruthCase]:
    """Choose one case for each look; none without truth."""
    truth = study.truth
    if truth is None:
        return []
    own = [truth.methods.index(m) for m in study.scores.learned]
    error = np.abs(truth.predicted[own] - truth.iodine).mean(axis=0)
    found = (_middle(truth, error, look) for look in sorted(set(truth.looks)))
    return [case for case in found if case]


def _middle(truth: Truth, error: np.ndarray, look: str) -> TruthCase | None:
    of_look = np.array([one == look for one in truth.looks], bool) & ~np.isnan(error)
    for value in (1, 0):
        known = np.flatnonzero(of_look & (truth.enhancing == value)).tolist()
        if known:
            order = sorted(known, key=lambda i: (error[i], truth.names[i]))
            fold, pair, _ = truth.names[order[(len(order) - 1) // 2]]
            return TruthCase(fold, pair, look, bool(value))
    return None


def truth_folder(case: TruthCase) -> str:
    """Return the folder of a case's pictures."""
    return f"truth-{case.look}-{case.pair}-fold-{case.fold:02d}"


def truth_panel(study: Study, cases: Sequence[TruthCase], pictures: Path) -> Panel:
    """Show the cases, a row each."""
    names = [*(name for name, _ in REAL), *pictured(study)]
    rows = [(_heading(c), tuple(_picture(study, pictures / truth_folder(c), c, n) for n in names)) for c in cases]
    header = (*(title for _, title in REAL), *(study.short(m) for m in pictured(study)))
    return Panel(study.stamp, f"Cases with their truth. {RULE} {LEGEND}{left_out(study)}", header, tuple(rows))


def _heading(case: TruthCase) -> str:
    return f"{case.look}{'' if case.enhancing else ', not enhancing'}: {case.pair}, fold {case.fold}"


def _picture(study: Study, folder: Path, case: TruthCase, name: str) -> Picture | str:
    path = folder / f"{name}.png"
    if not path.is_file():
        return "no picture"
    what = dict(REAL).get(name) or f"Virtual DES of {study.short(name)}"
    return Picture(path, f"{what}, {_heading(case)}, origin {study.scores.common['origin']}")
