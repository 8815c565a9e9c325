"""The paired differences of each table, and what they come to for each method in one sentence."""

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

from vcem.folders.scores import is_reference
from vcem.metrics.table import Area
from vcem.report.compare import ALPHA, Comparison, Outcome, beats_all
from vcem.report.free_response import LE, Difference, found_differences
from vcem.report.quantities import CONTRAST_ERROR, LESION, Quantity, bounds, method_name, number, p_value, with_bounds
from vcem.report.study import Study
from vcem.report.tables import Cell, Table, count, listed, row

MOST_NAMED = 3
_MARKS = {Outcome.BETTER: "better", Outcome.NO_BETTER: "none", Outcome.WORSE: "worse", Outcome.TOO_FEW: ""}


def differences_table(study: Study, region: str) -> Table:
    """Make the table of paired differences of one region: whole image, inside the breast or in the lesion."""
    family = study.lesion_comparisons if region == "in the lesion" else study.families[region]
    quantities = LESION if region == "in the lesion" else study.regions[region]
    size = max((c.family for c in family), default=0)
    pairs = list(dict.fromkeys((c.first, c.second) for c in family))
    found = {(c.first, c.second, c.quantity): c for c in family}
    rows = [row(f"{study.short(a)} − {study.short(b)}", *(_cell(found.get((a, b, q))) for q in quantities))
            for a, b in pairs]  # fmt: skip
    caption = (
        f"Paired differences, {region}: mean over {'lesions or images' if quantities is LESION else 'images'} of the "
        "first method minus the second, both on the same ones, with 95 % intervals by patient bootstrap. p: "
        f"randomisation test by patient, two-sided, {study.draws.resamples} draws, after Holm's correction over the "
        f"{count(size, 'comparison')} of this table, so that {size / (1 + study.draws.resamples):.3f} is the least it "
        "can be; the intervals are not corrected. "
        f"Better and worse speak of the first method, at {ALPHA}."
    )
    header = ("Difference", *(q.heading for q in quantities))
    name = "differences-" + region.split()[-1]
    title = f"Paired differences, {region}"
    return Table(name, title, study.stamp, caption, header, tuple(rows), tuple(map(_record, family)))


def _cell(found: Comparison | None) -> Cell:
    if found is None:
        return Cell("–")
    decimals, interval = found.quantity.decimals, found.difference
    lines = (bounds(interval, decimals, sign=True), f"p {p_value(found.p_holm)}, {found.outcome}")
    return Cell(number(interval.estimate, decimals, sign=True), lines, _MARKS[found.outcome])


def _record(found: Comparison) -> dict[str, object]:
    return {
        "first": found.first, "second": found.second, "metric": found.quantity.name,
        "column": found.quantity.column, "difference": found.difference.estimate, "low": found.difference.low,
        "high": found.difference.high, "p": found.p, "p_holm": found.p_holm, "outcome": str(found.outcome),
        "n": found.images, "patients": found.patients,
    }  # fmt: skip


class Verdict(NamedTuple):
    """What the paired differences come to for one method; the mark is better, none or worse."""

    method: str
    name: str
    mark: str
    words: str

    def __str__(self) -> str:
        """Return the sentence with the method's name."""
        return f"{self.name}: {self.words}"


def headline(study: Study) -> tuple[str, str]:
    """Answer in one sentence whether any method works; the mark is better or none.

    Finding more lesions than the LE image handed back, at equal false places, is what a virtual image is for.
    """
    found, learned = _beside_le(study), study.scores.learned
    known = [label for label, d in found.items() if not isnan(d.p)]
    if not known:
        return "none", "Too few lesions or patients to say whether any method finds more than the LE image handed back."
    won = [study.title(label) for label in known if found[label].mark == "better"]
    if not won:
        who = "No method was" if len(learned) > 1 else f"{study.title(learned[0])} was not"
        return "none", f"{who} shown to find more lesions than the LE image handed back."
    finds = "method finds" if len(won) == 1 else "methods find"
    names = f": {listed(won)}" if len(won) <= MOST_NAMED else ""
    return "better", f"{len(won)} of {len(learned)} {finds} more lesions than the LE image handed back{names}."


def verdicts(study: Study) -> list[Verdict]:
    """Say of each method whether it finds more lesions than LE handed back, and where it beats every reference.

    In the lesion only the contrast error counts: a share of misses is beaten by an image that lights up everywhere, a
    number of hallucinated places by one that lights up nowhere.
    """
    return [_verdict(study, label) for label in study.scores.learned]


def _beside_le(study: Study) -> dict[str, Difference[str]]:
    return {d.first: d for d in found_differences(study) if d.second == LE}


def _verdict(study: Study, label: str) -> Verdict:
    found = _beside_le(study).get(label)
    breast = study.families[Area.BREAST.words]
    contrast = [c for c in study.lesion_comparisons if c.quantity is CONTRAST_ERROR]
    beaten = {q.name: beats_all(family, label, q) for family in (breast, contrast) for q in _decidable(family, label)}
    marks = [found.mark == "better"] if found and not isnan(found.p) else []
    marks += beaten.values()
    mark = "better" if marks and all(marks) else "none" if any(marks) or not marks else "worse"
    if found and found.mark == "worse":
        mark = "worse"
    words = "; ".join(filter(None, (_finding(found), _beating(study, beaten))))
    kind = study.kinds[label]
    name = method_name(kind) + (f" (recipe {label})" if kind != label else "")
    return Verdict(label, name, mark, f"{words}.{_gaps(study, label)}")


def _finding(found: Difference[str] | None) -> str:
    if found is None:
        return ""
    if isnan(found.p):
        return "too few patients to say whether it finds more lesions than LE handed back"
    said = {"better": "finds more", "worse": "finds fewer", "": "not shown to find more"}[found.mark]
    gain = with_bounds(found.gain, 2, sign=True)
    return f"{said} lesions than LE handed back, {gain}, corrected p {p_value(found.p_holm)}"


def _beating(study: Study, beaten: dict[str, bool]) -> str:
    if not beaten:
        why = "too few patients to compare it with" if study.scores.references else "nobody scored"
        return f"{why} a trivial reference, so nothing can be said of its worth"
    images = [name for name in beaten if name != CONTRAST_ERROR.name]
    won = sum(beaten[name] for name in images)
    told = [f"on {won} of {len(images)} metrics in the breast"] if images else []
    if CONTRAST_ERROR.name in beaten:
        told.append("on lesion contrast" if beaten[CONTRAST_ERROR.name] else "not on lesion contrast")
    return f"beats all references {', '.join(told)}"


def _decidable(family: Sequence[Comparison], label: str) -> list[Quantity]:
    """Return the quantities on which there are patients enough to tell a method from the references."""
    own = [c for c in family if c.first == label and is_reference(c.second) and c.images]
    return list(dict.fromkeys(c.quantity for c in own if c.outcome is not Outcome.TOO_FEW))


def _gaps(study: Study, label: str) -> str:
    folds = [str(k) for k in study.missing(label)]
    return f" {count(len(folds), 'fold')} of {study.folds} missing: {listed(folds)}." if folds else ""
