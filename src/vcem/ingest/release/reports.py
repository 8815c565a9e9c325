"""Facts of reports and biopsies for a released data set, from a table that the user gives.

One row says something of a patient, or of one exam, breast or view of hers where `study`, `side` and `view` are given.
What is not on the list of columns and terms is refused: reports are full of names. Errors tell lines, not values.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vcem.core.errors import UsageError
from vcem.core.files import read_csv
from vcem.core.terms import Density, Side, View
from vcem.dicom.facts import BIRADS, FINDINGS, PATHOLOGY
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.ingest.release.terms import CONFIRMED, OLDEST, SEVERAL

PLACES = ("patient", "study", "side", "view")
FACTS = ("age", "density", "birads", "findings", "pathology", "confirmed_by")
OLDEST_EVER = 130


@dataclass(frozen=True)
class Place:
    """Of what something is said, in pseudonyms; empty parts mean all of hers."""

    patient: str
    study: str = ""
    side: str = ""
    view: str = ""

    def holds(self, other: "Place") -> bool:
        """Return whether what is said here is said of the other, too."""
        parts = zip(self._parts(), other._parts(), strict=True)
        return all(mine in ("", others) for mine, others in parts)

    @property
    def closeness(self) -> int:
        """How many parts are given: what is said of a view goes before what is said of a woman."""
        return sum(map(bool, self._parts()))

    def _parts(self) -> tuple[str, ...]:
        return self.patient, self.study, self.side, self.view


@dataclass(frozen=True)
class Report:
    """One row of the table."""

    line: int
    place: Place
    facts: Mapping[str, str]


def read_reports(path: Path, names: Pseudonyms, known: frozenset[str], terms: Sequence[str]) -> tuple[Report, ...]:
    """Read the table of reports.

    Args:
        path: a CSV table with the column patient, and any of study, side, view, age, density, birads, findings,
            pathology and confirmed_by.
        names: turns original ids and UIDs into pseudonyms.
        known: pseudonyms of all patients and studies of the source, which are taken as they are.
        terms: further terms of findings.

    Raises:
        UsageError: if a column or a cell may not be released.
    """
    rows = read_csv(path, ["patient"])
    unknown = sorted(c or "a cell beyond the last column" for c in set[str]().union(*rows) - {*PLACES, *FACTS})
    if unknown:
        raise UsageError(
            f"{path} has columns that may not be released: {', '.join(unknown)}.",
            f"only {', '.join([*PLACES, *FACTS])}",
            "take these columns away; free text and dates are never released",
        )
    checks = _checks(terms)
    reports = []
    for line, row in enumerate(rows, 2):
        cells = {name: (row.get(name) or "").strip() for name in (*PLACES, *FACTS)}
        told = _told(f"{path}, line {line}", cells, checks)
        place = Place(_pseudonym(cells["patient"], known, names.patient), _pseudonym(cells["study"], known, names.uid),
                      told.pop("side", ""), told.pop("view", ""))  # fmt: skip
        reports.append(Report(line, place, told))
    return tuple(reports)


def facts_of(place: Place, reports: Iterable[Report]) -> dict[str, str]:
    """Return what the reports say of one image, the closest statement of each fact.

    Raises:
        UsageError: if two equally close statements contradict each other.
    """
    said: dict[str, tuple[int, int, str]] = {}
    for report in reports:
        if not report.place.holds(place):
            continue
        closeness = report.place.closeness
        for name, value in report.facts.items():
            before = said.get(name, (-1, 0, ""))
            if closeness == before[0] and value != before[2]:
                raise UsageError(
                    f"Lines {before[1]} and {report.line} of the reports contradict each other in {name}.",
                    "one statement of each image",
                    "tell exams, sides and views apart with the columns study, side and view",
                )
            if closeness > before[0]:
                said[name] = (closeness, report.line, value)
    return {name: value for name, (_, _, value) in said.items()}


def _told(where: str, cells: Mapping[str, str], checks: Mapping[str, Callable[[str], str]]) -> dict[str, str]:
    if not cells["patient"]:
        raise UsageError(f"{where} names no patient.", "a Patient ID, original or pseudonymous")
    told = {name: check(cells[name]) for name, check in checks.items() if cells[name]}
    wrong = next((name for name, fact in told.items() if not fact), "")
    if wrong:
        raise UsageError(
            f"{where}: {wrong} is not one of the terms that may be released.",
            _expected(wrong),
            "correct the cell, or leave it empty" + ("; --terms adds terms" if wrong == "findings" else ""),
        )
    return told


def _pseudonym(cell: str, known: frozenset[str], of: Callable[[str], str]) -> str:
    return cell if cell in known or not cell else of(cell)


def _checks(terms: Sequence[str]) -> dict[str, Callable[[str], str]]:
    return {
        "side": _one(list(Side)), "view": _one(list(View)), "age": years, "density": _one(list(Density)),
        "birads": _several(BIRADS), "findings": _several((*FINDINGS, *terms)), "pathology": _one(PATHOLOGY),
        "confirmed_by": _one(CONFIRMED),
    }  # fmt: skip


def allowed_facts(facts: Mapping[str, str], terms: Sequence[str]) -> dict[str, str]:
    """Return those facts of an image's own header that may be released; their lists are joined by commas there."""
    checks = _checks(terms)
    found = {name: checks[name](fact.replace(", ", SEVERAL)) for name, fact in facts.items() if name in checks}
    return {name: fact for name, fact in found.items() if fact}


def _one(terms: Sequence[str]) -> Callable[[str], str]:
    known = {str(term).lower(): str(term) for term in terms}
    return lambda cell: known.get(cell.lower(), "")


def _several(terms: Sequence[str]) -> Callable[[str], str]:
    one = _one(terms)

    def check(cell: str) -> str:
        found = [one(part.strip()) for part in cell.split(SEVERAL)]
        return SEVERAL.join(found) if all(found) else ""

    return check


def years(cell: str) -> str:
    """Return an age in whole years, those of the oldest as 90; empty if it is none."""
    if not (cell.isascii() and cell.isdigit()) or int(cell) > OLDEST_EVER:
        return ""
    return str(min(int(cell), OLDEST))


def _expected(name: str) -> str:
    lists: dict[str, Sequence[str]] = {
        "side": list(Side), "view": list(View), "density": list(Density), "birads": BIRADS,
        "findings": FINDINGS, "pathology": PATHOLOGY, "confirmed_by": CONFIRMED,
    }  # fmt: skip
    return f"one of {', '.join(map(str, lists[name]))}" if name in lists else "whole years"
