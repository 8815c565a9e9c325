"""A DES image recombined from two raw exposures, in its own series of their study (PS3.3 A.27).

It is a true subtraction, so Image Type says so; that the machine did not make it stands in the manufacturer, the
derivation and the contributing equipment. What was simulated stays so.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt16
from pydicom.dataset import Dataset
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation

from vcem import __version__
from vcem.core.terms import Energy, Side, View
from vcem.dicom.damage import header_of, told
from vcem.dicom.elements import code, file_bytes, file_meta, of, source_reference
from vcem.dicom.uids import uid_for
from vcem.dicom.virtual import MACHINE, PATIENT, PLACE, STUDY, TEXT_LENGTH, complete, kept
from vcem.dicom.write import TYPES, iodine_values, pixels, presented

SERIES = 8000  # the LE series' number is added
MODEL = "vcem recombine"
RESEARCH = "research only, not for diagnosis"
# PS3.16 CID 7203
DERIVATIONS = (
    ("113097", "DCM", "Multi-energy proportional weighting"),
    ("113062", "DCM", "Pixel by pixel subtraction"),
)
PROCESSING = ("109102", "DCM", "Processing Equipment")


@dataclass(frozen=True)
class Derivation:
    """How a DES was made: whose side and view, by which steps, `how` in words, window, (slope, intercept) to mg/cm2."""

    side: Side
    view: View
    steps: str
    how: str
    window: tuple[float, float]
    mg_per_cm2: tuple[float, float]


def recombined_uid(le: str, he: str, steps: str) -> str:
    """Return the UID of what is recombined from two images: the same again for the same steps and version."""
    return uid_for(0, "recombined", "image", le, he, steps, __version__)


def recombined_dicom(le: Path, he: Path, uid: str, stored: UInt16[np.ndarray, "h w"], made: Derivation) -> bytes:
    """Return the file of a DES on the grid of two exposures; patient, study and geometry are those of LE.

    Raises:
        FailureError: if a header is damaged.
    """
    low, high = header_of(le), header_of(he)
    with told(le):
        return file_bytes(recombined_dataset((low, high), uid, stored, made))


def recombined_dataset(
    sources: tuple[Dataset, Dataset], uid: str, stored: UInt16[np.ndarray, "h w"], made: Derivation
) -> Dataset:
    """Return the image with all its attributes."""
    low = sources[0]
    dataset = kept(low, (*PATIENT, *STUDY, *PLACE))
    if "FrameOfReferenceUID" not in dataset and "PositionReferenceIndicator" in dataset:
        del dataset.PositionReferenceIndicator  # of a module that this image then has not
    dataset.file_meta = file_meta(DigitalMammographyXRayImageStorageForPresentation, uid)
    parts = (
        _series(low, made),
        _image(uid, low, made),
        _lineage(sources, made),
        presented(*made.window),
        pixels(stored),
    )
    for part in parts:
        dataset.update(part)
    dataset.RealWorldValueMappingSequence = [iodine_values(*made.mg_per_cm2)]
    complete(dataset, made.view)
    return dataset


def _series(low: Dataset, made: Derivation) -> Dataset:
    simulated = ", simulated" if low.get("SyntheticData") == "YES" else ""
    return of(
        Modality="MG",
        PresentationIntentType="FOR PRESENTATION",
        SeriesInstanceUID=uid_for(0, "recombined", "series", low.SeriesInstanceUID, made.steps, __version__),
        SeriesNumber=SERIES + int(low.get("SeriesNumber") or 0) % 1000,
        SeriesDescription=f"Recombined by vcem, research only{simulated}",
        Manufacturer="vcem",
        ManufacturerModelName=MODEL,
        DeviceSerialNumber="0",
        SoftwareVersions=__version__,
        ContentQualification="RESEARCH",
    )


def _image(uid: str, low: Dataset, made: Derivation) -> Dataset:
    synthetic = {"SyntheticData": "YES"} if low.get("SyntheticData") == "YES" else {}
    origin = "simulated" if synthetic else "clinical"
    comment = f"Recombined from raw exposures ({origin}) by vcem, {RESEARCH}. {made.how}"
    return of(
        SOPClassUID=DigitalMammographyXRayImageStorageForPresentation,
        SOPInstanceUID=uid,
        ImageType=TYPES[Energy.DES],
        ImageLaterality=made.side.value,
        PositionerType="MAMMOGRAPHIC",
        OrganExposed="BREAST",
        AcquisitionContextSequence=[],
        ImageComments=comment,
        **synthetic,
    )


def _lineage(sources: tuple[Dataset, Dataset], made: Derivation) -> Dataset:
    acquired = kept(sources[0], MACHINE)
    acquired.Manufacturer = str(sources[0].get("Manufacturer") or "unknown")
    acquired.PurposeOfReferenceCodeSequence = [code("109101", "DCM", "Acquisition Equipment")]
    processing = of(
        PurposeOfReferenceCodeSequence=[code(*PROCESSING)],
        Manufacturer="vcem",
        ManufacturerModelName=MODEL,
        SoftwareVersions=__version__,
        ContributionDescription=made.how[:TEXT_LENGTH],
    )
    return of(
        DerivationDescription=f"Logarithmic subtraction of LE and HE. {made.how}"[:TEXT_LENGTH],
        DerivationCodeSequence=[code(*c) for c in DERIVATIONS],
        SourceImageSequence=[source_reference(s.SOPInstanceUID, s.SOPClassUID) for s in sources],
        ContributingEquipmentSequence=[acquired, processing],
    )
