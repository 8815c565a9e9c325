"""Table 2.1 of the paper, counted from the cases of a release."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from vcem.core.terms import Density, Energy, Side, View
from vcem.dicom.facts import BIRADS
from vcem.ingest.describe import AGES, NOT_REPORTED, Line
from vcem.ingest.release.cases import Case
from vcem.ingest.release.terms import SEVERAL

NOT_STATED = "not stated"


def table(cases: Sequence[Case], period: str = "", source: str = "") -> list[Line]:
    """Return the table with the counts that the paper gives in its text, and those of findings and machines."""
    return [
        *_general(cases, period, source), *_views(cases), *_counted("Image resolution", _sizes(cases)),
        *_ages(cases), *_counted("Biopsy or follow-up", map(_basis, cases)), *_densities(cases), *_birads(cases),
        *_counted("Findings", (part for c in cases for part in c.findings.split(SEVERAL))),
        *_counted("Machine", (c.machine for c in cases)),
    ]  # fmt: skip


def _general(cases: Sequence[Case], period: str, source: str) -> Iterator[Line]:
    yield Line("General info", "Period", period or NOT_STATED)
    yield Line("General info", "Source", source or NOT_STATED)
    yield Line("General info", "Origin", ", ".join(sorted({c.origin for c in cases})))
    yield Line("General info", "Patients", len({c.patient for c in cases}))
    yield Line("General info", "Exams", len({(c.patient, c.exam) for c in cases}))
    yield Line("General info", "Total images", len(cases))
    yield Line("General info", "LE/DES pairs", len(_pairs(cases)))
    late = {c.patient for c in cases if c.late_phase == "yes"}
    yield Line("General info", "With a late phase", len(late), "patients")
    sides: dict[str, set[str]] = defaultdict(set)
    for c in cases:
        sides[c.patient].add(c.side)
    yield Line("General info", "Unilateral", sum(len(s) == 1 for s in sides.values()), "patients")
    for energy in Energy:
        count = sum(c.kind == energy for c in cases)
        if count or energy is not Energy.HE:
            yield Line("Image type", energy, count, "images")


def _pairs(cases: Iterable[Case]) -> set[str]:
    kinds: dict[str, set[str]] = defaultdict(set)
    for c in cases:
        kinds[c.pair].add(c.kind)
    return {pair for pair, found in kinds.items() if pair and {Energy.LE, Energy.DES} <= found}


def _views(cases: Sequence[Case]) -> Iterator[Line]:
    for view, name in ((View.CC, "Craniocaudal"), (View.MLO, "Mediolateral oblique")):
        yield Line("Image view", name, sum(c.view == view for c in cases), "images")
        for side, word in ((Side.RIGHT, "right"), (Side.LEFT, "left")):
            count = sum((c.view, c.side) == (view, side) for c in cases)
            yield Line("Image view", f"{name}, {word}", count, "images")


def _sizes(cases: Iterable[Case]) -> Iterator[str]:
    return (f"{c.rows} x {c.columns}" for c in cases)


def _ages(cases: Iterable[Case]) -> Iterator[Line]:
    """Count each woman once, at her first exam with an age."""
    ages: dict[str, float] = {}
    for c in sorted(cases, key=lambda c: (c.patient, int(c.exam))):
        if c.patient not in ages or ages[c.patient] != ages[c.patient]:
            ages[c.patient] = float(c.age or "nan")
    counts = Counter(next((name for limit, name in AGES if age < limit), NOT_REPORTED) for age in ages.values())
    for name in [*(name for _, name in AGES), *([NOT_REPORTED] if counts[NOT_REPORTED] else [])]:
        yield Line("Patients' age", name, counts[name], "patients")


def _basis(case: Case) -> str:
    return ", ".join(part for part in (case.pathology, case.confirmed_by) if part)


def _counted(group: str, facts: Iterable[str]) -> Iterator[Line]:
    counts = Counter(fact or NOT_REPORTED for fact in facts)
    for fact in sorted(counts, key=lambda f: (f == NOT_REPORTED, f)):
        yield Line(group, fact, counts[fact], "images")


def _densities(cases: Iterable[Case]) -> Iterator[Line]:
    counts = Counter(c.density for c in cases)
    for density in Density:
        yield Line("ACR category", density, counts[density], "images")
    yield Line("ACR category", NOT_REPORTED, counts[""], "images")


def _birads(cases: Sequence[Case]) -> Iterator[Line]:
    yield Line("BI-RADS descriptors", "any", len({c.patient for c in cases if c.birads}), "patients")
    counts = Counter(max(c.birads.split(SEVERAL), key=BIRADS.index) if c.birads else "" for c in cases)
    for category in BIRADS:
        if counts[category]:
            yield Line("BI-RADS descriptors", f"highest of an image: {category}", counts[category], "images")
    yield Line("BI-RADS descriptors", NOT_REPORTED, counts[""], "images")
