"""The paired differences of each table, and what they come to for each method in one sentence."""

from collections.abc import Sequence

import numpy as np

from vcem.folders.scores import is_reference
from vcem.report.compare import ALPHA, Comparison, Outcome, beats_all
from vcem.report.quantities import CONTRAST_ERROR, LESION, Quantity, bounds, method_name, number, p_value
from vcem.report.study import Study
from vcem.report.tables import Cell, Table, count, listed, row

LE = "reference-le"
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


def verdicts(study: Study) -> list[tuple[str, str]]:
    """Say for each method on how many metrics it beats every trivial reference; the mark is better, none or worse.

    In the lesion only the contrast error counts: a share of misses is beaten by an image that lights up everywhere, a
    number of hallucinated places by one that lights up nowhere. Those two are told beside those of the LE image.
    """
    return [_verdict(study, label) for label in study.scores.learned]


def _verdict(study: Study, label: str) -> tuple[str, str]:
    contrast = [c for c in study.lesion_comparisons if c.quantity is CONTRAST_ERROR]
    parts, won, asked = [], 0, 0
    for region, family in {**study.families, "in the lesion": contrast}.items():
        quantities = _decidable(family, label)
        wins = [q for q in quantities if beats_all(family, label, q)]
        won, asked = won + len(wins), asked + len(quantities)
        if quantities:
            parts.append(_part(region, wins, quantities))
    name = method_name(study.kinds[label]) + (f" (recipe {label})" if study.kinds[label] != label else "")
    tail = _trade(study, label) + _gaps(study, label)
    if not parts:
        why = "too few patients to compare it with" if study.scores.references else "nobody scored"
        return "none", f"{name}: {why} a trivial reference, so nothing can be said of its worth.{tail}"
    mark = "better" if won == asked else "none" if won else "worse"
    return mark, f"{name} beats every trivial reference on {'; '.join(parts)}.{tail}"


def _trade(study: Study, label: str) -> str:
    """Tell misses and hallucinated places of a method, and those of the LE image on the same lesions and images."""
    k = study.lesions.methods.index(label)
    lesions = ~np.isnan(study.lesions.missed[k])
    images = ~np.isnan(study.scores.of(label, "hallucinated"))
    if not lesions.any() or not images.any():
        return ""
    told = f" It misses {_misses(study, label, lesions)} hallucinates {_places(study, label, images)}"
    if LE not in study.scores.methods:
        return f"{told}."
    return f"{told} (LE image: {_misses(study, LE, lesions)} {_places(study, LE, images)})."


def _misses(study: Study, label: str, chosen: np.ndarray) -> str:
    missed = study.lesions.missed[study.lesions.methods.index(label), chosen]
    return f"{int(missed.sum())} of {count(missed.size, 'enhancing lesion')} and"


def _places(study: Study, label: str, chosen: np.ndarray) -> str:
    return f"{study.scores.of(label, 'hallucinated')[chosen].mean():.2f} places per image"


def _decidable(family: Sequence[Comparison], label: str) -> list[Quantity]:
    """Return the quantities on which there are patients enough to tell a method from the references."""
    own = [c for c in family if c.first == label and is_reference(c.second) and c.images]
    return list(dict.fromkeys(c.quantity for c in own if c.outcome is not Outcome.TOO_FEW))


def _gaps(study: Study, label: str) -> str:
    folds = [str(k) for k in study.missing(label)]
    return f" {count(len(folds), 'fold')} of {study.folds} missing: {listed(folds)}." if folds else ""


def _part(region: str, wins: Sequence[Quantity], quantities: Sequence[Quantity]) -> str:
    names = f" ({listed([q.name for q in wins])})" if wins else ""
    where = "over the whole image" if region == "whole image" else region
    if quantities == [CONTRAST_ERROR]:
        return "the contrast of lesions" if wins else "not the contrast of lesions"
    return f"{len(wins) or 'none'} of {len(quantities)} metrics {where}{names}"
