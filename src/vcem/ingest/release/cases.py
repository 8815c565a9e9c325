"""Images of a de-identified folder -> the rows of `cases.csv`, one per image, and the names of the files."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from vcem.core.errors import FailureError, UsageError
from vcem.core.terms import Energy, Origin
from vcem.dicom.facts import facts_in
from vcem.dicom.fitness import is_virtual
from vcem.dicom.scan import Header, Unreadable
from vcem.dicom.vendors import Rule
from vcem.folders.catalogue import Skipped
from vcem.folders.release import IMAGES
from vcem.ingest.dicom_images import DicomImage, take_images
from vcem.ingest.dicom_pairs import DicomPair, match_images
from vcem.ingest.doubles import Doubles
from vcem.ingest.release.reports import Place, Report, allowed_facts, facts_of, years
from vcem.ingest.release.terms import COLUMNS

_PSEUDONYM = re.compile(r"P[0-9a-f]{16}")  # it names folders


@dataclass(frozen=True)
class Case:
    """One row of `cases.csv`; each column is explained in release_terms.py."""

    image: str
    patient: str
    exam: str
    pair: str
    kind: str
    side: str
    view: str
    late_phase: str
    age: str
    density: str
    birads: str
    findings: str
    pathology: str
    confirmed_by: str
    machine: str
    rows: str
    columns: str
    spacing_mm: str
    window: str
    origin: str
    uid: str


if [f.name for f in fields(Case)] != [c.name for c in COLUMNS]:
    raise TypeError("the columns of cases.csv and their dictionary differ")


@dataclass(frozen=True)
class Plan:
    """What is released: each case with the source's file, and what is left out."""

    cases: tuple[tuple[Case, str], ...]
    origin: Origin
    left_out: tuple[Skipped, ...]


def plan(
    found: Iterable[Header | Unreadable],
    rules: Sequence[Rule],
    reports: Sequence[Report],
    terms: Sequence[str],
    doubles: Doubles,
) -> Plan:
    """Sort the headers of a de-identified folder into the cases of a release; `doubles`: see `take_images`.

    Raises:
        UsageError: if simulated and clinical images are mixed, a Patient ID is not a pseudonym, or reports contradict
            each other.
        FailureError: if there is no image of a contrast mammogram.
    """
    virtual: list[Skipped] = []
    images, _, skipped = take_images(_without_virtual(found, virtual), rules, doubles)
    if not images:
        raise FailureError("There is no LE, HE or DES image to release.",
                           "contrast mammograms, de-identified")  # fmt: skip
    if not all(_PSEUDONYM.fullmatch(image.header.patient) for image in images):
        raise UsageError("A Patient ID is not a pseudonym of vcem deidentify.", "P and 16 hexadecimal digits",
                         "run vcem deidentify again")  # fmt: skip
    images.sort(key=lambda i: (i.header.patient, i.header.taken, i.side, i.view, i.energy, i.header.uid))
    exams, late, pairs, taken = _exams(images), _late(images), _pairs(images), Counter[str]()
    cases = []
    for image in images:
        h = image.header
        placed = _Placed(exams[h.study], pairs.get(h.uid, ""), late.get(h.uid, ""))
        place = Place(h.patient, h.study, image.side, image.view)
        cases.append((_case(image, placed, facts_of(place, reports) | _own(h, terms), taken), h.path))
    return Plan(tuple(sorted(cases, key=lambda c: c[0].image)), _origin(images), (*skipped, *virtual))


@dataclass(frozen=True)
class _Placed:
    exam: int
    pair: str
    late: str


def _without_virtual(found: Iterable[Header | Unreadable], virtual: list[Skipped]) -> Iterable[Header | Unreadable]:
    for header in found:
        if isinstance(header, Header) and is_virtual(header.image_type):
            virtual.append(Skipped(header.path, "a virtual DES image"))
        else:
            yield header


def _origin(images: Sequence[DicomImage]) -> Origin:
    origins = {image.header.origin for image in images}
    if len(origins) > 1:
        raise UsageError("Simulated and clinical images are mixed.", "images of one origin in a data set",
                         "de-identify and release them apart")  # fmt: skip
    return origins.pop()


def _exams(images: Sequence[DicomImage]) -> dict[str, int]:
    """Number each patient's studies in the order of time; dates were moved, their order was not."""
    studies: dict[str, dict[str, None]] = defaultdict(dict)
    for image in images:  # in the order of patient and time
        studies[image.header.patient][image.header.study] = None
    return {study: number for of_patient in studies.values() for number, study in enumerate(of_patient, 1)}


def _pairs(images: Sequence[DicomImage]) -> dict[str, str]:
    """Name the pair of each image by its UID; a late DES without an LE of its own belongs to the pair before it."""
    matches, _ = match_images(images, late=True)
    early = {m.le.header.uid: m.pair for m in matches if not m.late}
    named = {uid: name for m in matches for uid, name in _members(m, early)}
    frames = {m.le.header.frame: early[m.le.header.uid] for m in matches if not m.late and m.le.header.frame}
    he = {i.header.uid: frames[i.header.frame] for i in images
          if i.energy is Energy.HE and i.header.frame in frames}  # fmt: skip
    return named | he


def _members(match: DicomPair, early: Mapping[str, str]) -> list[tuple[str, str]]:
    name = early.get(match.le.header.uid, match.pair)
    return [(match.le.header.uid, name), (match.des.header.uid, name)]


def _late(images: Sequence[DicomImage]) -> dict[str, str]:
    """Tell images of a breast and view that was imaged before in the same exam; empty where times do not tell."""
    groups: dict[tuple[str, ...], list[DicomImage]] = defaultdict(list)
    for image in images:
        groups[(*image.breast_view, image.energy)].append(image)
    late: dict[str, str] = {}
    for group in groups.values():
        unclear = len(group) > 1 and any(image.taken is None for image in group)
        for number, image in enumerate(group):
            late[image.header.uid] = "" if unclear else "yes" if number else "no"
    return late


def _own(header: Header, terms: Sequence[str]) -> dict[str, str]:
    """Return what the image itself says: its age, and of a simulated one the facts of its report."""
    facts = facts_in(header.comment) if header.origin is Origin.SIMULATED else {}
    age = years(header.age[:3].lstrip("0") or "0") if len(header.age) == 4 and header.age.endswith("Y") else ""
    return allowed_facts(facts, terms) | ({"age": age} if age else {})


def _case(image: DicomImage, placed: _Placed, facts: Mapping[str, str], taken: Counter[str]) -> Case:
    h = image.header
    late = "_late" if placed.late == "yes" else ""
    name = f"{h.patient}_{placed.exam}_{image.side}_{image.view}_{image.energy}{late}"
    taken[name] += 1
    number = f"_{taken[name]}" if taken[name] > 1 else ""
    names = ("age", "density", "birads", "findings", "pathology", "confirmed_by")
    return Case(
        image=f"{IMAGES}{h.patient}/{placed.exam}/{name}{number}.dcm",
        patient=h.patient,
        exam=str(placed.exam),
        pair=placed.pair,
        kind=image.energy.value,
        side=image.side.value,
        view=image.view.value,
        late_phase=placed.late,
        machine=" ".join(f"{h.manufacturer} {h.model}".split()),
        rows=str(h.rows),
        columns=str(h.columns),
        spacing_mm=h.spacing.split("\\")[0],
        window=h.window,
        origin=h.origin.value,
        uid=h.uid,
        **{fact: facts.get(fact, "") for fact in names},
    )
