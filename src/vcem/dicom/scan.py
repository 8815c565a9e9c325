"""The headers of every DICOM file below a folder, pixels left unread."""

import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from vcem.dicom.unreadable import UNREADABLE

FEW = 256  # fewer files are read sooner than a process starts
_TEXTS = {
    "uid": "SOPInstanceUID", "modality": "Modality", "intent": "PresentationIntentType", "patient": "PatientID",
    "age": "PatientAge", "study": "StudyInstanceUID", "frame": "FrameOfReferenceUID", "manufacturer": "Manufacturer",
    "model": "ManufacturerModelName", "series_description": "SeriesDescription", "comment": "ImageComments",
    "processing_code": "AcquisitionDeviceProcessingCode", "view_position": "ViewPosition",
    "synthetic": "SyntheticData", "voi_function": "VOILUTFunction", "burned_in": "BurnedInAnnotation",
}  # fmt: skip
_OTHERS = (
    "ImageType", "ImageLaterality", "Laterality", "ViewCodeSequence", "AcquisitionDate", "AcquisitionTime",
    "ContentDate", "ContentTime", "StudyDate", "WindowCenter", "WindowWidth", "VOILUTSequence", "Rows", "Columns",
    "PhotometricInterpretation", "RescaleSlope", "RescaleIntercept",
    "ImagerPixelSpacing",
)  # fmt: skip


@dataclass(frozen=True)
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
    image_type: tuple[str, ...]
    laterality: str
    view_code: str
    taken: str
    window: str
    rows: int
    columns: int
    spacing: str


@dataclass(frozen=True)
class Unreadable:
    """A file that gives no header, and why."""

    path: str
    why: str


def list_below(folder: Path) -> list[str]:
    """List every file below a folder, relative to it, in the order of names; hidden ones are left out."""
    paths = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return sorted(p.as_posix() for p in paths if not any(part.startswith(".") for part in p.parts))


def scan(folder: Path, names: list[str], jobs: int = 1) -> Iterator[Header | Unreadable]:
    """Yield the header of each file, in the order given whatever the number of processes."""
    if jobs <= 1 or len(names) < FEW:
        yield from (read_header(folder, name) for name in names)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(read_header, [folder] * len(names), names, chunksize=64)


def read_header(folder: Path, name: str) -> Header | Unreadable:
    """Read one header; what is no DICOM is told, not raised."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # values that break a rule of their type are common and harmless here
            dataset = pydicom.dcmread(
                folder / name, stop_before_pixels=True, specific_tags=[*_TEXTS.values(), *_OTHERS]
            )
            return _header(dataset, name)
    except InvalidDicomError:
        return Unreadable(name, "no DICOM file")
    except UNREADABLE as error:
        return Unreadable(name, f"damaged header: {' '.join(str(error).split())}")


def _header(dataset: Dataset, name: str) -> Header:
    codes = dataset.get("ViewCodeSequence") or []
    return Header(
        path=name,
        **{field: _text(dataset.get(keyword)) for field, keyword in _TEXTS.items()},
        image_type=tuple(_texts(dataset.get("ImageType"))),
        laterality=_text(dataset.get("ImageLaterality")) or _text(dataset.get("Laterality")),
        view_code=_text(codes[0].get("CodeValue")) if codes else "",
        taken=_taken(dataset),
        window=_window(dataset),
        rows=int(dataset.get("Rows") or 0),
        columns=int(dataset.get("Columns") or 0),
        spacing=_text(dataset.get("ImagerPixelSpacing")),
    )


def _text(value: Any) -> str:  # noqa: ANN401 (pydicom gives text, numbers, None or lists of them)
    return "\\".join(_texts(value))


def _texts(value: Any) -> list[str]:  # noqa: ANN401
    if value is None:
        return []
    several: Iterable[Any] = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    return [str(v).strip() for v in several]


def _taken(dataset: Dataset) -> str:
    """Return when the image was taken: the acquisition's date and time, or else those of the content."""
    date = next((d for k in ("AcquisitionDate", "ContentDate", "StudyDate") if (d := _text(dataset.get(k)))), "")
    time = next((t for k in ("AcquisitionTime", "ContentTime") if (t := _text(dataset.get(k)))), "")
    return date + time if date and time else ""


def _window(dataset: Dataset) -> str:
    straight = (_text(dataset.get("VOILUTFunction")) or "LINEAR").startswith("LINEAR")
    centre, width = (_texts(dataset.get(k)) for k in ("WindowCenter", "WindowWidth"))
    if not straight or dataset.get("VOILUTSequence") or not centre or not width:
        return ""
    if _text(dataset.get("PhotometricInterpretation")) == "MONOCHROME1" or float(width[0]) <= 0:
        return ""
    slope, intercept = (float(dataset.get(k) or d) for k, d in (("RescaleSlope", 1), ("RescaleIntercept", 0)))
    return f"{(float(centre[0]) - intercept) / slope:.10g}/{float(width[0]) / slope:.10g}"
