"""The table of a reader study: every reader rates every case under every treatment, once.

Refused: missing cells, ratings that are no finite numbers, a case with two truths or two patients, a combination that
is missing or appears twice, fewer than two cases of either class.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vcem.core.errors import UsageError
from vcem.core.files import Row, read_csv
from vcem.stats.ratings import Ratings

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "reader": ("reader", "readerid", "radiologist", "observer"),
    "treatment": ("treatment", "treatmentid", "modality", "modalityid", "test", "arm"),
    "case": ("case", "caseid", "exam", "examid"),
    "truth": ("truth", "status", "disease", "diseased"),
    "rating": ("rating", "score", "confidence", "pom"),
}
PATIENT = ("patient", "patientid", "subject", "subjectid")
POSITIVE = ("1", "positive", "malignant", "cancer", "diseased", "abnormal", "true", "yes")
NEGATIVE = ("0", "negative", "benign", "nondiseased", "normal", "false", "no")


class Rating(NamedTuple):
    """One reader's rating of one case under one treatment; `place` names it in an error."""

    place: str
    reader: str
    treatment: str
    case: str
    positive: bool
    score: float
    patient: str


def read_ratings(path: Path) -> Ratings:
    """Read and check a CSV table with one row a rating.

    Raises:
        UsageError: if a column, a cell or a whole rating is missing, doubled or cannot be understood.
    """
    rows = read_csv(path)
    if not rows:
        raise UsageError(f"{path} holds no ratings.", "a header and one row a rating")
    names = {word: _column(rows[0], known, word, path) for word, known in COLUMNS.items()}
    patient = _column(rows[0], PATIENT, "patient", path, needed=False)
    return crossed([_rating(row, names, patient, f"{path}, line {n}") for n, row in enumerate(rows, 2)], str(path))


def _column(row: Row, known: Sequence[str], word: str, path: Path, needed: bool = True) -> str:
    found = [c for c in row if c is not None and _plain(c) in known]
    if len(found) > 1:
        raise UsageError(f"{path} has {len(found)} columns for {word}: {', '.join(found)}.", "one of them")
    if not found and needed:
        raise UsageError(f"{path} has no column for {word}.", f"one of {', '.join(known)}", "rename the column")
    return found[0] if found else ""


def _plain(text: str) -> str:
    return re.sub(r"[\s_.-]", "", text).lower()


def _rating(row: Row, names: Mapping[str, str], patient: str, place: str) -> Rating:
    cells = {word: (row[column] or "").strip() for word, column in names.items()}
    empty = [names[word] for word, cell in cells.items() if not cell or cell.upper() == "NA"]
    if empty or (patient and not (row[patient] or "").strip()):
        raise UsageError(
            f"{place}: no {', '.join(empty) or patient}.",
            "every reader's rating of every case under every treatment",
            "complete the row, or leave the case out for all readers and treatments",
        )
    return Rating(
        place,
        cells["reader"],
        cells["treatment"],
        cells["case"],
        parse_truth(cells["truth"], place),
        parse_score(cells["rating"], place),
        row[patient].strip() if patient else cells["case"],
    )


def parse_truth(cell: str, place: str) -> bool:
    """Return whether a cell says positive.

    Raises:
        UsageError: if it says neither positive nor negative.
    """
    word = _plain(cell) if not re.fullmatch(r"[01]\.0*", cell) else cell[0]
    if word in POSITIVE or word in NEGATIVE:
        return word in POSITIVE
    raise UsageError(f"{place}: truth {cell!r} cannot be read.", f"{', '.join(NEGATIVE)} or {', '.join(POSITIVE)}")


def parse_score(cell: str, place: str) -> float:
    """Return a rating as a finite number.

    Raises:
        UsageError: if it is none.
    """
    try:
        score = float(cell)
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise UsageError(f"{place}: rating {cell!r} is not a finite number.", "a number, higher for more suspicious")
    return score


def crossed(ratings: Sequence[Rating], name: str) -> Ratings:
    """Arrange ratings into a fully crossed study; names are put in natural order, so that row order is without effect.

    Raises:
        UsageError: if the design is not fully crossed or a case contradicts itself.
    """
    treatments, readers = _ordered(r.treatment for r in ratings), _ordered(r.reader for r in ratings)
    cases = _ordered(r.case for r in ratings)
    truth, patient = _case_facts(ratings)
    cells = _cells(ratings)
    missing = [cell for cell in product(treatments, readers, cases) if cell not in cells]
    if missing:
        raise UsageError(
            f"{name}: {len(missing)} of {len(missing) + len(cells)} ratings are missing; the first is treatment "
            f"{missing[0][0]}, reader {missing[0][1]}, case {missing[0][2]}.",
            "a fully crossed study: every reader rates every case under every treatment",
            "leave the case, or the reader, out of the table altogether",
        )
    shape = len(treatments), len(readers), len(cases)
    numbers = {p: n for n, p in enumerate(_ordered(patient.values()))}
    scores = np.array([cells[cell] for cell in product(treatments, readers, cases)], np.float64).reshape(shape)
    arranged = Ratings(
        treatments,
        readers,
        cases,
        np.array([truth[c] for c in cases], bool),
        scores,
        np.array([numbers[patient[c]] for c in cases], np.int64),
    )
    _refuse_few(arranged, name)
    return arranged


def _case_facts(ratings: Sequence[Rating]) -> tuple[dict[str, bool], dict[str, str]]:
    truth: dict[str, bool] = {}
    patient: dict[str, str] = {}
    for r in ratings:
        if truth.setdefault(r.case, r.positive) != r.positive:
            raise UsageError(f"{r.place}: case {r.case} is positive in one row and negative in another.", "one truth")
        if patient.setdefault(r.case, r.patient) != r.patient:
            raise UsageError(
                f"{r.place}: case {r.case} belongs to patients {patient[r.case]} and {r.patient}.", "one patient"
            )
    return truth, patient


def _cells(ratings: Sequence[Rating]) -> dict[tuple[str, str, str], float]:
    cells: dict[tuple[str, str, str], float] = {}
    for r in ratings:
        cell = r.treatment, r.reader, r.case
        if cell in cells:
            raise UsageError(
                f"{r.place}: reader {r.reader} rated case {r.case} under treatment {r.treatment} before.",
                "one rating each",
                "keep repeated readings out of this table; they are for intra-reader agreement",
            )
        cells[cell] = r.score
    return cells


def _refuse_few(ratings: Ratings, name: str) -> None:
    for positive, word in ((True, "positive"), (False, "negative")):
        patients = np.unique(ratings.patients[ratings.truth == positive]).size
        if patients < 2:
            raise UsageError(
                f"{name}: {patients} {word} case(s) or patients.", "at least two patients with cases of either class"
            )
    if len(ratings.readers) < 2:
        raise UsageError(f"{name}: one reader only.", "at least two readers", "a reader study needs several")


def _ordered(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names), key=_natural))


def _natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    parts = re.findall(r"\d+|\D+", name)
    return tuple((not p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in parts)
