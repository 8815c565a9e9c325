"""Whether an LE image is one that a model of plain compressed breasts knows, by all that its header says."""

import re
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from vcem.core.terms import Side
from vcem.dicom.damage import header_of, told
from vcem.dicom.stored_values import MOST_PX

VIRTUAL_DES = "VIRTUAL_DES"
SYNTHESIZING = ("109100", "DCM", "Synthesizing Equipment")
# PS3.16 CID 4015, by SNOMED CT and by the SNOMED RT of older files
MODIFIERS = {
    "399209000": "implant displaced", "R-102D5": "implant displaced",
    "399163009": "magnification", "R-102D6": "magnification",
    "399055006": "spot compression", "R-102D7": "spot compression",
}  # fmt: skip
AIR = {Side.LEFT: "A", Side.RIGHT: "P"}  # where the rows of an image run to, of which the chest wall lies at the edge
LEAST_PX = 64
_UID = re.compile(r"[0-9.]{1,64}")
_UIDS = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "SOPClassUID")
_TEXTS = (
    "SeriesDescription",
    "StudyDescription",
    "BodyPartExamined",
    "ProtocolName",
    "PerformedProcedureStepDescription",
)


def is_virtual(image_type: tuple[str, ...]) -> bool:
    """Return whether Image Type names a virtual DES image of vcem."""
    return VIRTUAL_DES in image_type


def unfit(path: Path, side: Side) -> str:
    """Return why an image that its Image Type calls LE must not be enhanced, empty if it may be.

    Raises:
        FailureError: if the header cannot be read.
    """
    dataset = header_of(path)
    with told(path):
        reasons = (_nameless(dataset), _synthetic(dataset), _implant(dataset), _specimen(dataset), _modified(dataset),
                   _grid(dataset), _turned(dataset, side))  # fmt: skip
        return next((reason for reason in reasons if reason), "")


def _nameless(dataset: Dataset) -> str:
    wrong = next((k for k in _UIDS if not _UID.fullmatch(str(dataset.get(k) or ""))), "")
    return f"{wrong} is missing or no UID" if wrong else ""


def _synthetic(dataset: Dataset) -> str:
    """Synthetic Data alone does not tell: a simulated LE has it too, but is no image derived from another."""
    makers = dataset.get("ContributingEquipmentSequence") or []
    codes = [c for maker in makers for c in maker.get("PurposeOfReferenceCodeSequence") or []]
    if any(c.get("CodeValue") == SYNTHESIZING[0] for c in codes):
        return "a synthetic image: its header names synthesizing equipment"
    kind = str((dataset.get("ImageType") or [""])[0])
    if dataset.get("SyntheticData") == "YES" and kind != "ORIGINAL":
        return f"a synthetic image: Synthetic Data = YES and Image Type {kind or '(none)'}, not ORIGINAL"
    return ""


def _implant(dataset: Dataset) -> str:
    return "an implant is present" if dataset.get("BreastImplantPresent") == "YES" else ""


def _specimen(dataset: Dataset) -> str:
    told_so = any("specimen" in str(dataset.get(k) or "").lower() for k in _TEXTS)
    return "a specimen" if told_so or dataset.get("SpecimenDescriptionSequence") else ""


def _modified(dataset: Dataset) -> str:
    views = dataset.get("ViewCodeSequence") or []
    codes = [c for view in views for c in view.get("ViewModifierCodeSequence") or []]
    return next((f"view modifier {MODIFIERS[str(c.CodeValue)]}" for c in codes if c.get("CodeValue") in MODIFIERS), "")


def _grid(dataset: Dataset) -> str:
    frames, rows, columns = (int(dataset.get(k) or d) for k, d in (("NumberOfFrames", 1), ("Rows", 0), ("Columns", 0)))
    if frames != 1:
        return f"{frames} frames, not one image"
    if min(rows, columns) < LEAST_PX or rows * columns > MOST_PX:
        return f"{rows} x {columns} pixels are no mammogram"
    spacing = dataset.get("ImagerPixelSpacing")
    if spacing is None or len(spacing) != 2 or min(map(float, spacing)) <= 0:
        return "imager pixel spacing is not given"
    if abs(float(spacing[0]) / float(spacing[1]) - 1) > 0.01:
        return f"pixels of {spacing[0]} x {spacing[1]} mm are not square"
    return ""


def _turned(dataset: Dataset, side: Side) -> str:
    """The chest wall of a right breast lies at the right edge in all that a model was trained on."""
    directions = dataset.get("PatientOrientation")
    rows_to = str(directions[0]) if isinstance(directions, MultiValue) else ""  # one text: a view (CBIS-DDSM)
    if rows_to and not rows_to.startswith(AIR[side]):
        return f"turned: its rows run to {rows_to}, those of side {side} to {AIR[side]}"
    return ""
