"""Headers of a DICOM archive -> images of known energy, side and view."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from vcem.core.files import sha256_text
from vcem.core.terms import Energy, Side, View
from vcem.dicom.orientation import contradiction
from vcem.dicom.scan import Header, Unreadable
from vcem.dicom.vendors import Decision, Rule, decide
from vcem.folders.catalogue import Skipped
from vcem.ingest.doubles import Doubles
from vcem.ingest.moments import time_of

# PS3.16 CID 4014: SNOMED CT, and the SNOMED RT of older files
VIEW_CODES = {"399162004": View.CC, "R-10242": View.CC, "399368009": View.MLO, "R-10226": View.MLO}
FOR_PROCESSING = "1.2.840.10008.5.1.4.1.1.1.2.1"  # Digital Mammography X-Ray Image Storage - For Processing
Decided: TypeAlias = tuple[Header, Decision]
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")


@dataclass(frozen=True)
class DicomImage:
    """One image of a contrast exam; `within_s` is how much later than `taken` it may have been taken."""

    header: Header
    energy: Energy
    side: Side
    view: View
    taken: datetime | None
    within_s: float = 0.0

    @property
    def breast_view(self) -> tuple[str, str, str, str]:
        """What LE and DES of a pair share: patient, study, side and view."""
        return (patient_of(self.header), self.header.study, self.side, self.view)

    @property
    def breast(self) -> tuple[str, str, str]:
        """The same without the study."""
        return (patient_of(self.header), self.side, self.view)

    @property
    def unfit(self) -> str:
        """Why it is not plainly compressed breast that can be laid as all others, empty if it is."""
        return self.header.not_plain or contradiction(self.header.orientation, self.side)


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
    found: Iterable[Header | Unreadable], rules: Sequence[Rule], doubles: Doubles, raw: bool = False
) -> tuple[list[DicomImage], list[Decided], list[Skipped]]:
    """Sort files into images of a contrast exam and those left out; each mammogram's decision is returned too.

    Args:
        found: headers, and files without one.
        rules: which header says which image.
        doubles: what becomes of several files that name one image.
        raw: take images For Processing, and those alone.
    """
    images, decisions, skipped = [], [], []
    mammograms: list[Header] = []
    for header in found:
        if isinstance(header, Unreadable) or (why := _no_mammogram(header, raw)):
            skipped.append(Skipped(header.path, header.why if isinstance(header, Unreadable) else why))
        else:
            mammograms.append(header)
    apart, left_out = doubles(mammograms)
    skipped += left_out
    for header in apart:
        decision = decide(header, rules)
        decisions.append((header, decision))
        taken = _image(header, decision)
        if isinstance(taken, str):
            skipped.append(Skipped(header.path, taken))
        else:
            images.append(taken)
    return images, decisions, skipped


def plain_images(images: Iterable[DicomImage]) -> tuple[list[DicomImage], list[Skipped]]:
    """Part images of plainly compressed breasts from those that show something else, such as implants."""
    plain, others = [], []
    for image in images:
        if why := image.unfit:
            others.append(Skipped(image.header.path, why))
        else:
            plain.append(image)
    return plain, others


def _no_mammogram(found: Header, raw: bool) -> str:
    """Return why a file is not a mammogram to be shown, or no raw one, empty if it is one."""
    if found.modality != "MG":
        return f"modality {found.modality or 'not given'}, not MG"
    processing = _for_processing(found)
    if bool(processing) != raw:
        return processing or "for presentation, not for processing"
    return "" if found.rows and found.columns else "no image"


def _for_processing(found: Header) -> str:
    if found.intent == "FOR PROCESSING" or found.sop_class == FOR_PROCESSING:
        return "for processing, not for presentation"
    if not found.intent and found.pixel_relationship == "LIN":
        return "for processing: Pixel Intensity Relationship LIN, and no Presentation Intent Type"
    return ""


def _image(header: Header, decision: Decision) -> DicomImage | str:
    if decision.image is None:
        return f"UNKNOWN image: {decision.why}"
    if header.laterality not in list(Side):
        return f"laterality {header.laterality or 'not given'}, not L or R"
    view = _view(header)
    if view is None:
        return _other_view(header)
    return DicomImage(header, decision.image, Side(header.laterality), view, *time_of(header.taken))


def _view(header: Header) -> View | None:
    if header.view_code:
        return VIEW_CODES.get(header.view_code)
    return View(header.view_position) if header.view_position in list(View) else None


def _other_view(header: Header) -> str:
    if not header.view_code:
        return f"view {header.view_position or 'not given'}, not CC or MLO"
    known = ", ".join(code for code in VIEW_CODES)
    named = f"{header.view_code} {header.view_meaning}".strip()
    beside = f"; View Position {header.view_position} is not asked beside it" if header.view_position else ""
    return f"view code {named} is neither CC nor MLO ({known}){beside}"
