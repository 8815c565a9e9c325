"""The headers of every DICOM file below a folder, pixels left unread."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.tag import Tag

from vcem.dicom.damage import attributes_of
from vcem.dicom.listing import Unreadable, list_below
from vcem.dicom.unreadable import UNREADABLE, odd_values_pass, reason
from vcem.engine import Failed, How, each

__all__ = ["FEW", "Header", "Unreadable", "list_below", "read_header", "scan"]

FEW = 256  # fewer files are read sooner than a process starts
_TEXTS = {
    "uid": "SOPInstanceUID", "modality": "Modality", "intent": "PresentationIntentType", "patient": "PatientID",
    "age": "PatientAge", "study": "StudyInstanceUID", "frame": "FrameOfReferenceUID", "manufacturer": "Manufacturer",
    "model": "ManufacturerModelName", "series_description": "SeriesDescription", "comment": "ImageComments",
    "processing_code": "AcquisitionDeviceProcessingCode", "view_position": "ViewPosition",
    "synthetic": "SyntheticData", "voi_function": "VOILUTFunction", "burned_in": "BurnedInAnnotation",
    "sop_class": "SOPClassUID", "pixel_relationship": "PixelIntensityRelationship",
}  # fmt: skip
_OTHERS = (
    "ImageType", "ImageLaterality", "Laterality", "ViewCodeSequence", "AcquisitionDate", "AcquisitionTime",
    "ContentDate", "ContentTime", "StudyDate", "WindowCenter", "WindowWidth", "VOILUTSequence", "Rows", "Columns",
    "PhotometricInterpretation", "RescaleSlope", "RescaleIntercept",
    "ImagerPixelSpacing",
)  # fmt: skip
_TAGS = {keyword: Tag(keyword) for keyword in (*_TEXTS.values(), *_OTHERS, "CodeValue")}
_PLAIN = (
    None,
    "AS",
    "CS",
    "DA",
    "DS",
    "IS",
    "LO",
    "LT",
    "SH",
    "ST",
    "TM",
    "UI",
)  # None: implicit, all asked for are text
_WANTED = [*_TEXTS.values(), *_OTHERS]
_ESCAPE = b"\x1b"  # begins another character set (ISO 2022)


@dataclass(frozen=True, slots=True)
class Header:
    """What an import needs to know of one file; absent attributes are empty.

    `path` is relative to the scanned folder. `view_code` is the first code of the View Code Sequence. `taken` is date
    and time as the header writes them, 14 digits or more. `window` is `center/width` in stored values where the first
    VOI transformation is a straight line, otherwise empty.
    """

    path: str
    uid: str
    modality: str
    intent: str
    patient: str
    age: str
    study: str
    frame: str
    manufacturer: str
    model: str
    series_description: str
    comment: str
    processing_code: str
    view_position: str
    synthetic: str
    voi_function: str
    burned_in: str
    sop_class: str
    pixel_relationship: str
    image_type: tuple[str, ...]
    laterality: str
    view_code: str
    taken: str
    window: str
    rows: int
    columns: int
    spacing: str


def scan(folder: Path, names: list[str], jobs: int = 1) -> Iterator[Header | Unreadable]:
    """Yield the header of each file, in the order given whatever the number of processes."""
    found = each(partial(read_header, folder), names, How(jobs, batch=64, few=FEW))
    for name, header in zip(names, found, strict=True):
        yield Unreadable(name, header.reason, passing=True) if isinstance(header, Failed) else header


def read_header(folder: Path, name: str) -> Header | Unreadable:
    """Read one header; what is no DICOM is told, not raised."""
    try:
        with odd_values_pass():
            return _header(attributes_of(folder / name, _WANTED), name)
    except InvalidDicomError:
        return Unreadable(name, "no DICOM file")
    except OSError as error:
        return Unreadable(name, f"cannot be read: {error.strerror or error}", passing=True)
    except UNREADABLE as error:
        return Unreadable(name, f"damaged header: {reason(error)}")


def _header(dataset: Dataset, name: str) -> Header:
    codes = dataset.get("ViewCodeSequence") or []
    return Header(
        path=name,
        **{field: _text(dataset, keyword) for field, keyword in _TEXTS.items()},
        image_type=tuple(_texts(dataset, "ImageType")),
        laterality=_text(dataset, "ImageLaterality") or _text(dataset, "Laterality"),
        view_code=_text(codes[0], "CodeValue") if codes else "",
        taken=_taken(dataset),
        window=_window(dataset),
        rows=int(dataset.get("Rows") or 0),
        columns=int(dataset.get("Columns") or 0),
        spacing=_text(dataset, "ImagerPixelSpacing"),
    )


def _text(dataset: Dataset, keyword: str) -> str:
    return "\\".join(_texts(dataset, keyword))


def _texts(dataset: Dataset, keyword: str) -> list[str]:
    """Return the values of an attribute as text, without going through pydicom's types where they are plain ASCII."""
    raw = dataset.get_item(_TAGS[keyword])
    content = raw.value if isinstance(raw, RawDataElement) and raw.VR in _PLAIN else None
    if content and content.isascii() and _ESCAPE not in content:
        return [part.strip(" \0\t\r\n") for part in content.decode("ascii").split("\\")]
    return _converted(dataset.get(keyword))


def _converted(value: Any) -> list[str]:  # noqa: ANN401 (pydicom gives text, numbers, None or lists of them)
    if value is None:
        return []
    several: Iterable[Any] = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    return [str(v).strip() for v in several]


def _taken(dataset: Dataset) -> str:
    """Return when the image was taken: the acquisition's date and time, or else those of the content."""
    date = next((d for k in ("AcquisitionDate", "ContentDate", "StudyDate") if (d := _text(dataset, k))), "")
    time = next((t for k in ("AcquisitionTime", "ContentTime") if (t := _text(dataset, k))), "")
    return date + time if date and time else ""


def _window(dataset: Dataset) -> str:
    straight = (_text(dataset, "VOILUTFunction") or "LINEAR").startswith("LINEAR")
    centre, width = (_texts(dataset, k) for k in ("WindowCenter", "WindowWidth"))
    if not straight or dataset.get("VOILUTSequence") or not centre or not width:
        return ""
    if _text(dataset, "PhotometricInterpretation") == "MONOCHROME1" or float(width[0]) <= 0:
        return ""
    slope, intercept = (float(_text(dataset, k) or d) for k, d in (("RescaleSlope", 1), ("RescaleIntercept", 0)))
    return f"{(float(centre[0]) - intercept) / slope:.10g}/{float(width[0]) / slope:.10g}"
