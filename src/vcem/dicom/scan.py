"""The headers of every DICOM file below a folder, pixels left unread."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from vcem.core.terms import Origin
from vcem.dicom.damage import NAKED, attributes_of, naked
from vcem.dicom.fitness import ASKED, not_plain
from vcem.dicom.listing import Unreadable, list_below
from vcem.dicom.orientation import directions_of
from vcem.dicom.presentation import INVERTED, mirror_of
from vcem.dicom.texts import tag_of, text, texts
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
    "ImagerPixelSpacing", "PatientOrientation", "AcquisitionDateTime", "ModalityLUTSequence", "BitsAllocated",
    "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel",
)  # fmt: skip
_WANTED = [tag_of(keyword) for keyword in (*_TEXTS.values(), *_OTHERS, *ASKED)]


@dataclass(frozen=True, slots=True)
class Header:
    """What an import needs to know of one file; absent attributes are empty.

    `path` is relative to the scanned folder. `view_code` is the first code of the View Code Sequence. `taken` is date
    and time as the header writes them. `window` is `center/width` where the first VOI transformation is a straight
    line, otherwise empty, in the values of `read_values`. `not_plain` is why it is not plainly compressed breast.
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
    view_meaning: str
    taken: str
    window: str
    rows: int
    columns: int
    spacing: str
    orientation: tuple[str, ...]
    not_plain: str

    @property
    def origin(self) -> Origin:
        """Where the pixels come from, as Synthetic Data (0008,001C) says."""
        return Origin.SIMULATED if self.synthetic == "YES" else Origin.CLINICAL


def scan(folder: Path, names: list[str], jobs: int = 1) -> Iterator[Header | Unreadable]:
    """Yield the header of each file, in the order given whatever the number of processes."""
    found = each(partial(read_header, folder), names, How(jobs, batch=64, few=FEW))
    for name, header in zip(names, found, strict=True):
        yield Unreadable(name, header.reason, passing=True) if isinstance(header, Failed) else header


def read_header(folder: Path, name: str) -> Header | Unreadable:
    """Read one header; what is not a DICOM is told, not raised."""
    try:
        with odd_values_pass():
            return _header(attributes_of(folder / name, _WANTED), name)
    except InvalidDicomError:
        return Unreadable(name, NAKED if naked(folder / name) else "no DICOM file")
    except OSError as error:
        return Unreadable(name, f"cannot be read: {error.strerror or error}", passing=True)
    except UNREADABLE as error:
        return Unreadable(name, f"damaged header: {reason(error)}")


def _header(dataset: Dataset, name: str) -> Header:
    codes = dataset.get("ViewCodeSequence") or []
    return Header(
        path=name,
        **{field: text(dataset, keyword) for field, keyword in _TEXTS.items()},
        image_type=tuple(texts(dataset, "ImageType")),
        laterality=text(dataset, "ImageLaterality") or text(dataset, "Laterality"),
        view_code=text(codes[0], "CodeValue") if codes else "",
        view_meaning=text(codes[0], "CodeMeaning") if codes else "",
        taken=_taken(dataset),
        window=_window(dataset),
        rows=int(dataset.get("Rows") or 0),
        columns=int(dataset.get("Columns") or 0),
        spacing=text(dataset, "ImagerPixelSpacing"),
        orientation=directions_of(dataset),
        not_plain=not_plain(dataset),
    )


def _taken(dataset: Dataset) -> str:
    """Return when the image was taken: the acquisition's date and time, or else those of the content."""
    date = next((d for k in ("AcquisitionDate", "ContentDate", "StudyDate") if (d := text(dataset, k))), "")
    time = next((t for k in ("AcquisitionTime", "ContentTime") if (t := text(dataset, k))), "")
    return date + time if date and time else text(dataset, "AcquisitionDateTime")


def _window(dataset: Dataset) -> str:
    straight = (text(dataset, "VOILUTFunction") or "LINEAR").startswith("LINEAR")
    centre, width = (texts(dataset, k) for k in ("WindowCenter", "WindowWidth"))
    if not straight or dataset.get("VOILUTSequence") or not centre or not width:
        return ""
    if float(width[0]) <= 0:
        return ""
    slope, intercept = (float(text(dataset, k) or d) for k, d in (("RescaleSlope", 1), ("RescaleIntercept", 0)))
    middle = (float(centre[0]) - intercept) / slope
    plainly = (
        slope > 0 and text(dataset, "PhotometricInterpretation") != INVERTED and "ModalityLUTSequence" not in dataset
    )
    mirror = None if plainly else mirror_of(dataset)
    return f"{middle if mirror is None else mirror - middle:.10g}/{float(width[0]) / abs(slope):.10g}"
