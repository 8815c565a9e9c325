"""Did the readers mark the cancer, and how often something else?

The figures of the free-response paradigm (Bunch et al. 1978; Chakraborty & Berbaum 2004) as far as marks without
ratings give them: the lesion localisation fraction, and the non-lesion localisations per breast. A lesion outlined on
two views counts on each. One mark can hit one lesion, and several marks in a lesion are one hit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from vcem.stats.intervals import Interval, Weights, mean_intervals, share_interval
from vcem.stats.obuchowski_rockette import minus
from vcem.study.lesions import Lesion
from vcem.study.readings import Reading
from vcem.study.result_tables import Table, number, percent


@dataclass(frozen=True)
class Marked:
    """What the marks of one reading found: malignant lesions hit, of how many, and marks elsewhere.

    `on_benign` of the marks elsewhere lie in a benign lesion's outline.
    """

    lesions: int
    hit: int
    elsewhere: int
    on_benign: int


def marked(reading: Reading, lesions: Sequence[Lesion], within_mm: float) -> Marked:
    """Judge the marks of one reading.

    Args:
        reading: its answers hold the marks; marks on the other breast are not of the judged one and are left out.
        lesions: those of the breast.
        within_mm: how far outside an outline a mark still hits it.
    """
    side = reading.case.facts["side"]
    marks = [m for m in reading.answers["marks"] if m["panel"].startswith(side)]
    nearest = [_nearest(mark, lesions, within_mm) for mark in marks]
    malignant = [lesion for lesion in lesions if lesion.malignant]
    hit = {(n.panel, n.number) for n in nearest if n and n.malignant}
    benign = sum(n is not None and not n.malignant for n in nearest)
    return Marked(len(malignant), len(hit), benign + nearest.count(None), benign)


def _nearest(mark: Mapping[str, int | str], lesions: Sequence[Lesion], within_mm: float) -> Lesion | None:
    """Return the lesion that a mark hits, the nearest of several, malignant before benign at one distance."""
    row, column = int(mark["y"]), int(mark["x"])
    away = [(n.distance_mm(row, column), not n.malignant, n.number, n) for n in lesions if n.panel == mark["panel"]]
    distance, _, _, lesion = min(away, key=lambda entry: entry[:3], default=(np.inf, True, 0, None))
    return lesion if distance <= within_mm else None


@dataclass(frozen=True)
class Judged:
    """All readings under all treatments: one row per reader and breast, one column per treatment.

    `found` is the share of the breast's malignant lesions that were marked, NaN without any; `lesions` counts them.
    """

    treatments: tuple[str, ...]
    lesions: Int[np.ndarray, " n"]
    hit: Float[np.ndarray, "n t"]
    elsewhere: Float[np.ndarray, "n t"]
    on_benign: Float[np.ndarray, "n t"]
    patients: Int[np.ndarray, " n"]


def judge(read: Sequence[Reading], lesions: Sequence[Lesion], within_mm: float, treatments: tuple[str, ...]) -> Judged:
    """Judge all marks of a fully crossed study."""
    of_case: dict[str, list[Lesion]] = {r.case.case: [] for r in read}
    for lesion in lesions:
        of_case.get(lesion.case, []).append(lesion)
    cells = {(r.item.reader, r.case.case, r.item.shown[0]): marked(r, of_case[r.case.case], within_mm) for r in read}
    units = sorted({(reader, case) for reader, case, _ in cells})
    table = [[cells[reader, case, t] for t in treatments] for reader, case in units]
    patient = {r.case.case: r.case.patient for r in read}
    return Judged(
        treatments,
        np.array([row[0].lesions for row in table], np.int64),
        np.array([[m.hit for m in row] for row in table], float),
        np.array([[m.elsewhere for m in row] for row in table], float),
        np.array([[m.on_benign for m in row] for row in table], float),
        np.unique([patient[case] for _, case in units], return_inverse=True)[1].astype(np.int64),
    )


def mark_tables(judged: Judged, weights: Weights, within_mm: float) -> list[Table]:
    """Return what was marked under each treatment, and the differences on the same breasts and readers."""
    with_cancer = judged.lesions > 0
    if not with_cancer.any():
        note = "No malignant lesion is outlined in these data: whether a mark hits cannot be known."
        mean = (number(i) for i in mean_intervals(judged.elsewhere, judged.patients, weights))
        return [
            Table("Marks", note, ("treatment", "marks per breast"), tuple(zip(judged.treatments, mean, strict=True)))
        ]
    counted = np.repeat(np.arange(judged.lesions.size), judged.lesions)
    located = (judged.hit / np.maximum(judged.lesions, 1)[:, None])[counted]
    any_hit = (judged.hit > 0).astype(float)[with_cancer]
    parts = (
        (located, judged.patients[counted], percent),
        (any_hit, judged.patients[with_cancer], percent),
        (judged.elsewhere, judged.patients, number),
        (judged.on_benign, judged.patients, number),
    )
    rows = [[t] for t in judged.treatments] + [[minus(a, b)] for a, b in combinations(judged.treatments, 2)]
    for values, patients, text in parts:
        for row, found in zip(rows, _with_differences(values, patients, weights, text is percent), strict=True):
            row.append(text(found))
    inside = f"or at most {within_mm:g} mm from it" if within_mm else "not beside it"
    note = (
        f"A mark hits inside the outline of a malignant lesion, {inside}. {int(judged.lesions.sum())} outlines times "
        f"readers, {int(with_cancer.sum())} of {judged.lesions.size} breasts times readers have one; intervals over "
        "patients. Marks carry no rating of their own, so no curve is drawn."
    )
    columns = (
        "treatment",
        "lesions marked",
        "breasts with cancer marked in it",
        "other marks per breast",
        "of them on benign",
    )
    return [Table("Marks", note, columns, tuple(map(tuple, rows)))]


def _with_differences(
    values: Float[np.ndarray, "n t"], patients: Int[np.ndarray, " n"], weights: Weights, share: bool
) -> list[Interval]:
    """Return the mean of each treatment, then the paired difference of each two."""
    own = (
        [share_interval(values[:, t], patients, weights) for t in range(values.shape[1])]
        if share
        else mean_intervals(values, patients, weights)
    )
    differences = np.stack([values[:, a] - values[:, b] for a, b in combinations(range(values.shape[1]), 2)], 1)
    return own + mean_intervals(differences, patients, weights)
