"""Headers of a DICOM archive -> images of known energy, side and view -> LE/DES pairs."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from vcem.core.files import sha256_text
from vcem.core.terms import Energy, Side, View
from vcem.dicom.scan import Header, Unreadable
from vcem.dicom.vendors import Decision, Rule, decide
from vcem.folders.catalogue import Skipped

LONGEST_S = 120  # LE and DES of one compression are written within this time, where no Frame of Reference tells
LATE, REPEAT = "late phase", "repeat"
# PS3.16 CID 4014: SNOMED CT, and the SNOMED RT of older files
VIEW_CODES = {"399162004": View.CC, "R-10242": View.CC, "399368009": View.MLO, "R-10226": View.MLO}
FOR_PROCESSING = "1.2.840.10008.5.1.4.1.1.1.2.1"  # Digital Mammography X-Ray Image Storage - For Processing
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")


@dataclass(frozen=True)
class DicomImage:
    """One image of a contrast exam."""

    header: Header
    energy: Energy
    side: Side
    view: View
    taken: datetime | None

    @property
    def breast_view(self) -> tuple[str, str, str, str]:
        """What LE and DES of a pair share: patient, study, side and view."""
        return (patient_of(self.header), self.header.study, self.side, self.view)


@dataclass(frozen=True)
class DicomPair:
    """LE and DES of one compression, or a late DES with the LE before it.

    `after_s` is how long after the first LE of this study, side and view it was taken: None for that first pair,
    infinite if times do not tell.
    """

    pair: str
    patient: str
    le: DicomImage
    des: DicomImage
    late: bool = False
    after_s: float | None = None

    @property
    def tags(self) -> str:
        """What the catalogue says of its place in time."""
        if self.late:
            return LATE
        if self.after_s is None:
            return ""
        if self.after_s == float("inf"):
            return f"{REPEAT}, time not known"
        return f"{LATE if self.after_s > LONGEST_S else REPEAT}, {self.after_s / 60:.0f} min after the first"

    @property
    def on_one_grid(self) -> bool:
        """Whether the headers say that equal pixels show equal places: one compression, one grid."""
        le, des = self.le.header, self.des.header
        grids = {(h.frame, h.rows, h.columns, h.spacing) for h in (le, des)}
        return len(grids) == 1 and le.frame != "" and le.spacing != ""


def patient_of(header: Header) -> str:
    """Return the patient's identity as a name for files: letters, digits, dots and dashes.

    An id with other characters keeps apart from all others by a check sum; without an id, the study is one patient.
    """
    given = header.patient or f"study {header.study}"
    if _PLAIN.fullmatch(given):
        return given
    kept = re.sub(r"[^A-Za-z0-9.-]+", "-", given).strip("-.") if header.patient else "study"
    return f"{kept[:64] or 'patient'}-{sha256_text(given)[:8]}"


def take_images(
    found: Iterable[Header | Unreadable], rules: Sequence[Rule]
) -> tuple[list[DicomImage], list[tuple[str, Decision]], list[Skipped]]:
    """Sort files into images of a contrast exam and those left out; each mammogram's decision is returned too."""
    images, decisions, skipped = [], [], []
    seen: dict[str, str] = {}
    for header in found:
        why = _unfit(header, seen)
        if isinstance(header, Unreadable) or why:
            skipped.append(Skipped(header.path, why))
            continue
        seen[header.uid] = header.path
        decision = decide(header, rules)
        decisions.append((header.path, decision))
        taken = _image(header, decision)
        if isinstance(taken, str):
            skipped.append(Skipped(header.path, taken))
        else:
            images.append(taken)
    return images, decisions, skipped


def match_images(images: Iterable[DicomImage], late: bool) -> tuple[list[DicomPair], list[Skipped]]:
    """Match LE with DES, pairs in the order of patient, side, view and time.

    LE and DES of one study, side and view belong together if they share a Frame of Reference (PS3.3 C.7.4.1: made
    without releasing the compression) or, where one of them names none, if they lie at most two minutes apart; the
    nearest in time first. A DES that is left over beside a matched LE is a late phase.

    Args:
        images: LE, HE and DES images.
        late: also pair each late phase with the LE before it.
    """
    groups: dict[tuple[str, ...], list[DicomImage]] = defaultdict(list)
    for image in images:
        groups[image.breast_view].append(image)
    pairs: list[tuple[DicomImage, DicomImage, bool]] = []
    skipped: list[Skipped] = []
    for group in groups.values():
        made, alone = _match_group(group, late)
        pairs += made
        skipped += alone
    return list(_named(pairs)), skipped


def _unfit(found: Header | Unreadable, seen: dict[str, str]) -> str:
    """Return why a file is no mammogram to be shown, empty if it is one."""
    if isinstance(found, Unreadable):
        return found.why
    if found.modality != "MG":
        return f"modality {found.modality or 'not given'}, not MG"
    if found.intent == "FOR PROCESSING" or found.sop_class == FOR_PROCESSING:
        return "for processing, not for presentation"
    if not found.intent and found.pixel_relationship == "LIN":
        return "for processing: Pixel Intensity Relationship LIN, and no Presentation Intent Type"
    if not found.rows or not found.columns:
        return "no image"
    return f"the same image as {seen[found.uid]}" if found.uid and found.uid in seen else ""


def _image(header: Header, decision: Decision) -> DicomImage | str:
    if decision.image is None:
        return f"UNKNOWN image: {decision.why}"
    if header.laterality not in list(Side):
        return f"laterality {header.laterality or 'not given'}, not L or R"
    view = _view(header)
    if view is None:
        return f"view {header.view_position or header.view_code or 'not given'}, not CC or MLO"
    return DicomImage(header, decision.image, Side(header.laterality), view, _time(header.taken))


def _view(header: Header) -> View | None:
    if header.view_code:
        return VIEW_CODES.get(header.view_code)
    return View(header.view_position) if header.view_position in list(View) else None


def _time(taken: str) -> datetime | None:
    try:
        return datetime.strptime(taken[:14], "%Y%m%d%H%M%S")
    except ValueError:
        return None


def _match_group(
    group: Sequence[DicomImage], late: bool
) -> tuple[list[tuple[DicomImage, DicomImage, bool]], list[Skipped]]:
    les, deses = ([i for i in group if i.energy is energy] for energy in (Energy.LE, Energy.DES))
    pairs: list[tuple[DicomImage, DicomImage, bool]] = []
    for _, le, des in sorted(_candidates(les, deses), key=lambda c: (c[0], c[1].header.path, c[2].header.path)):
        if not any(le is a or des is b for a, b, _ in pairs):
            pairs.append((le, des, False))
    matched_le, matched_des = [a for a, _, _ in pairs], [b for _, b, _ in pairs]
    skipped = [Skipped(le.header.path, "LE without DES") for le in les if le not in matched_le]
    for des in (d for d in deses if d not in matched_des):
        if not matched_le:
            skipped.append(Skipped(des.header.path, "DES without LE"))
        elif late:
            pairs.append((min(matched_le, key=lambda le: seconds_apart(le, des)), des, True))
        else:
            skipped.append(Skipped(des.header.path, f"late phase: {_minutes(matched_le, des)}; --late keeps it"))
    return pairs, skipped


def _candidates(
    les: Sequence[DicomImage], deses: Sequence[DicomImage]
) -> Iterator[tuple[tuple[bool, float], DicomImage, DicomImage]]:
    lonely = len(les) == len(deses) == 1
    for le in les:
        for des in deses:
            frames = {le.header.frame, des.header.frame}
            apart = seconds_apart(le, des)
            if "" not in frames and len(frames) == 1:
                yield (False, apart), le, des
            elif "" in frames and (apart <= LONGEST_S or (lonely and apart == float("inf"))):
                yield (True, apart), le, des


def seconds_apart(le: DicomImage, des: DicomImage) -> float:
    """Return the seconds between two images, infinite if a time is not known."""
    if le.taken is None or des.taken is None:
        return float("inf")
    return abs((des.taken - le.taken).total_seconds())


def _minutes(les: Sequence[DicomImage], des: DicomImage) -> str:
    nearest = min(les, key=lambda le: seconds_apart(le, des))
    apart = seconds_apart(nearest, des)
    when = "time not known" if apart == float("inf") else f"{apart / 60:.0f} min"
    return f"{when} from {nearest.header.path}"


def _named(pairs: Iterable[tuple[DicomImage, DicomImage, bool]]) -> Iterator[DicomPair]:
    """Yield the pairs with their names: patient, side and view, and a number from the second one on."""
    counts: dict[str, int] = defaultdict(int)
    firsts: dict[tuple[str, ...], DicomImage] = {}
    for le, des, late in sorted(pairs, key=_order):
        patient = patient_of(le.header)
        name = f"{patient}_{le.side}_{le.view}"
        counts[name] += 1
        first = firsts.setdefault(le.breast_view, le)
        after = None if first is le and not late else seconds_apart(first, des if late else le)
        yield DicomPair(name if counts[name] == 1 else f"{name}_{counts[name]}", patient, le, des, late, after)


def _order(pair: tuple[DicomImage, DicomImage, bool]) -> tuple[object, ...]:
    le, des, late = pair
    return patient_of(le.header), le.side, le.view, late, des.taken or datetime.max, des.header.path
