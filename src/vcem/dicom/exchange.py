"""What is exchanged with a PACS: classes, transfer syntaxes that are read here, and storage commitment as data sets."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    DigitalMammographyXRayImageStorageForPresentation,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    ImplicitVRLittleEndian,
    RLELossless,
)

from vcem.dicom.codecs import DECODERS
from vcem.dicom.elements import of

MAMMOGRAM = str(DigitalMammographyXRayImageStorageForPresentation)
LABEL = str(GrayscaleSoftcopyPresentationStateStorage)
WRITTEN = str(ExplicitVRLittleEndian)
READ: tuple[str, ...] = tuple(
    str(syntax)
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian,
                   RLELossless, *DECODERS)
)  # fmt: skip
"""Transfer syntaxes whose pixels `dicom/read` decodes."""
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_LONGEST = 64


@dataclass(frozen=True)
class Commitment:
    """What a PACS says of the images that it was asked to keep (PS3.4 J.3.3): reasons of those that it does not."""

    transaction: str
    kept: tuple[str, ...]
    lost: dict[str, str]


def is_uid(text: str) -> bool:
    """Return whether a text is a UID (PS3.5 9.1), which as the name of a file can lead nowhere else.

    Leading zeros pass: some machines write them.
    """
    return len(text) <= _LONGEST and _UID.fullmatch(text) is not None


def commitment_request(transaction: str, images: Iterable[tuple[str, str]]) -> Dataset:
    """Ask to keep these images, each as class and UID (PS3.4 J.3.2)."""
    asked = [of(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=uid) for sop_class, uid in images]
    return of(TransactionUID=transaction, ReferencedSOPSequence=asked)


def commitment_of(report: Dataset) -> Commitment:
    """Read the report of a PACS."""
    kept = tuple(str(item.ReferencedSOPInstanceUID) for item in report.get("ReferencedSOPSequence") or [])
    lost = {str(item.ReferencedSOPInstanceUID): f"failure reason {int(item.get('FailureReason') or 0):#06x}"
            for item in report.get("FailedSOPSequence") or []}  # fmt: skip
    return Commitment(str(report.TransactionUID), kept, lost)
