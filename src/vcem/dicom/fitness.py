"""Whether an image is one of a plainly compressed breast, by all that its header says.

One rule for what is imported and what is enhanced; enhancing asks for more, since it writes a new image.
"""

import re
from pathlib import Path

from pydicom.dataset import Dataset

from vcem.core.terms import Side
from vcem.dicom.damage import header_of, told
from vcem.dicom.orientation import directions_of, turn_of, whole
from vcem.dicom.stored_values import MOST_PX
from vcem.dicom.texts import items, text, texts

VIRTUAL_DES = "VIRTUAL_DES"
VIRTUAL_DES_WIDTH = "VDES_WIDTH"  # CS: 16 characters at most
SYNTHESIZING = ("109100", "DCM", "Synthesizing Equipment")
# PS3.16 CID 4015, by SNOMED CT and by the SNOMED RT of older files; all but a nipple in profile, which is plain
MODIFIERS = {
    "399209000": "implant displaced", "R-102D5": "implant displaced",
    "399163009": "magnification", "R-102D6": "magnification",
    "399055006": "spot compression", "R-102D7": "spot compression",
    "399161006": "cleavage", "R-102D2": "cleavage",
    "399011000": "axillary tail", "R-102D1": "axillary tail",
    "399197002": "rolled lateral", "R-102D3": "rolled lateral",
    "399226006": "rolled medial", "R-102D4": "rolled medial",
    "414493004": "rolled inferior", "R-102CA": "rolled inferior",
    "415670009": "rolled superior", "R-102C9": "rolled superior",
    "399110001": "tangential", "R-102C2": "tangential",
    "441752004": "anterior compression", "P2-00161": "anterior compression",
    "442593008": "infra-mammary fold", "R-40ABE": "infra-mammary fold",
    "442580003": "axillary tissue", "R-40AB2": "axillary tissue",
}  # fmt: skip
PLAIN = {"442581004", "R-40AB3"}  # nipple in profile
LEAST_PX = 64
SPACING_MM = (0.01, 5.0)  # of detectors, and of images that were made coarse on purpose
CONTACT = 1.25  # no breast on its support is magnified by more: 1.0 to 1.1 on real units, magnification views 1.5 on
_UID = re.compile(r"[0-9.]{1,64}")
_UIDS = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "SOPClassUID")
_TEXTS = (
    "SeriesDescription",
    "StudyDescription",
    "BodyPartExamined",
    "ProtocolName",
    "PerformedProcedureStepDescription",
    "OrganExposed",
)
_SERIES = (
    "SeriesDescription", "ProtocolName", "PerformedProcedureStepDescription", "AcquisitionDeviceProcessingDescription",
    "PaddleDescription",
)  # fmt: skip
# words of these; an exam may be called after one of its views, so Study Description is not among them
_WORDS = {
    "magnification": re.compile(r"(?<![a-z])(mag|magn[a-z]*|vergr[a-zöß]*|ingrandimento)(?![a-z])"),
    "spot compression": re.compile(r"(?<![a-z])spot(?![a-z])"),
    "implant displaced": re.compile(r"implant[ _-]*displaced|eklund"),
}
_PEOPLE = ("PatientID", "PatientName")
ASKED = (
    *_TEXTS, *_SERIES, *_PEOPLE, "ContributingEquipmentSequence", "BreastImplantPresent", "SpecimenDescriptionSequence",
    "QualityControlImage", "CalibrationImage", "PartialView", "PartialViewCodeSequence", "PartialViewDescription",
    "DistanceSourceToDetector", "DistanceSourceToPatient", "ViewCodeSequence",
    "ViewModifierCodeSequence", "NumberOfFrames", "Rows", "Columns", "ImagerPixelSpacing",
    "EstimatedRadiographicMagnificationFactor",
)  # fmt: skip
"""Attributes that `not_plain` looks at."""


def is_virtual(image_type: tuple[str, ...]) -> bool:
    """Return whether Image Type names a virtual DES image of vcem, or the half-width of its intervals."""
    return bool({VIRTUAL_DES, VIRTUAL_DES_WIDTH} & set(image_type))


def not_plain(dataset: Dataset) -> str:
    """Return why an image shows no plainly compressed breast, empty if it may show one.

    Args:
        dataset: the attributes ASKED, as far as the file has them.
    """
    reasons = (_synthesized, _implant, _specimen, _phantom, _modified, _partial, _magnified, _grid)
    return next((why for reason in reasons if (why := reason(dataset))), "")


def unfit(path: Path, side: Side) -> str:
    """Return why an image that its Image Type calls LE must not be enhanced, empty if it may be.

    Raises:
        FailureError: if the header cannot be read.
    """
    dataset = header_of(path)
    with told(path):
        reasons = (_nameless(dataset), _derived(dataset), not_plain(dataset), _scaleless(dataset),
                   _turned(dataset, side))  # fmt: skip
        return next((reason for reason in reasons if reason), "")


def _nameless(dataset: Dataset) -> str:
    wrong = next((k for k in _UIDS if not _UID.fullmatch(str(dataset.get(k) or ""))), "")
    return f"{wrong} is missing or no UID" if wrong else ""


def _synthesized(dataset: Dataset) -> str:
    makers = items(dataset, "ContributingEquipmentSequence")
    codes = [c for maker in makers for c in items(maker, "PurposeOfReferenceCodeSequence")]
    if any(text(c, "CodeValue") == SYNTHESIZING[0] for c in codes):
        return "a synthetic image: its header names synthesizing equipment"
    return ""


def _derived(dataset: Dataset) -> str:
    """Synthetic Data alone does not tell: a simulated LE has it too, but is not an image derived from another."""
    kind = (texts(dataset, "ImageType") or [""])[0]
    if _term(dataset, "SyntheticData") == "YES" and kind != "ORIGINAL":
        return f"a synthetic image: Synthetic Data = YES and Image Type {kind or '(none)'}, not ORIGINAL"
    return ""


def _implant(dataset: Dataset) -> str:
    return "an implant is present" if _term(dataset, "BreastImplantPresent") == "YES" else ""


def _term(dataset: Dataset, keyword: str) -> str:
    """Return a defined term; some write it in small letters."""
    return text(dataset, keyword).upper()


def _specimen(dataset: Dataset) -> str:
    return "a specimen" if _named(dataset, _TEXTS, "specimen") or items(dataset, "SpecimenDescriptionSequence") else ""


def _phantom(dataset: Dataset) -> str:
    if (control := _term(dataset, "QualityControlImage")) in ("YES", "BOTH"):
        return f"a phantom: Quality Control Image = {control}"
    if _term(dataset, "CalibrationImage") == "YES":
        return "a phantom: Calibration Image = YES"
    keyword = _named(dataset, (*_TEXTS, *_PEOPLE), "phantom")
    return f"a phantom, by its {keyword}" if keyword else ""


def _named(dataset: Dataset, keywords: tuple[str, ...], word: str) -> str:
    """Return the first of these attributes that holds the word, empty if none does."""
    return next((k for k in keywords if word in text(dataset, k).lower()), "")


def _modified(dataset: Dataset) -> str:
    views = [dataset, *items(dataset, "ViewCodeSequence")]
    for code in (c for view in views for c in items(view, "ViewModifierCodeSequence")):
        value = text(code, "CodeValue")
        if value not in PLAIN:
            named = MODIFIERS.get(value) or f"{value} {text(code, 'CodeMeaning')}".strip()
            return f"view modifier {named or 'without a code'}"
    found = ((k, what) for k in _SERIES for what, words in _WORDS.items() if words.search(text(dataset, k).lower()))
    return next((f"{what}, by its {keyword}" for keyword, what in found), "")


def _partial(dataset: Dataset) -> str:
    told_so = items(dataset, "PartialViewCodeSequence") or text(dataset, "PartialViewDescription")
    return "a partial view of a breast" if told_so or _term(dataset, "PartialView") == "YES" else ""


def _magnified(dataset: Dataset) -> str:
    factor = _number(dataset, "EstimatedRadiographicMagnificationFactor")
    patient = _number(dataset, "DistanceSourceToPatient")
    if not factor and patient:
        factor = _number(dataset, "DistanceSourceToDetector") / patient
    return f"magnified {factor:g} times" if factor > CONTACT else ""


def _number(dataset: Dataset, keyword: str) -> float:
    """Return a number, 0 where there is none, as some write for that."""
    return float(text(dataset, keyword) or 0)


def _grid(dataset: Dataset) -> str:
    frames = text(dataset, "NumberOfFrames") or "1"
    rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
    if frames != "1":
        return f"{frames} frames, not one image"
    if min(rows, columns) < LEAST_PX or rows * columns > MOST_PX:
        return f"{rows} x {columns} pixels are no mammogram"
    spacing = _spacing(dataset)
    if not spacing:
        return ""
    if not all(SPACING_MM[0] <= mm <= SPACING_MM[1] for mm in spacing):
        return f"pixels of {spacing[0]:g} x {spacing[1]:g} mm are no mammogram's, {SPACING_MM[0]} to {SPACING_MM[1]} mm"
    if abs(spacing[0] / spacing[1] - 1) > 0.01:
        return f"pixels of {spacing[0]:g} x {spacing[1]:g} mm are not square"
    return ""


def _spacing(dataset: Dataset) -> tuple[float, float] | None:
    """Return the distance of rows and of columns in mm, None where it is not told; 0 is what some write for that."""
    given = texts(dataset, "ImagerPixelSpacing")
    if len(given) != 2 or not any(map(float, given)):
        return None
    return float(given[0]), float(given[1])


def _scaleless(dataset: Dataset) -> str:
    return "" if _spacing(dataset) else "imager pixel spacing is not given"


def _turned(dataset: Dataset, side: Side) -> str:
    """A model has seen breasts of one orientation only, and the image that it makes says how it lies."""
    directions = directions_of(dataset)
    if not whole(directions):
        return "Patient Orientation is not given, so that it may lie upside down"
    try:
        turn = turn_of(directions, side)
    except ValueError as error:
        return str(error)
    return f"{turn}: Patient Orientation {chr(92).join(directions)}, of a breast of side {side}" if str(turn) else ""
