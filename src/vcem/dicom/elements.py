"""Building blocks of the DICOM objects that vcem writes."""

import io
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, DigitalMammographyXRayImageStorageForPresentation, ExplicitVRLittleEndian

from vcem.dicom.uids import uid_for

_IMPLEMENTATION = UID(uid_for(0, "implementation"))


def of(**attributes: Any) -> Dataset:  # noqa: ANN401 (pydicom takes text, numbers, lists and bytes)
    """Return a data set of these attributes, named by keyword."""
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    if "PixelData" in attributes:
        dataset["PixelData"].VR = "OW"
    return dataset


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return one item of a code sequence (PS3.3 8.8)."""
    return of(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def source_reference(uid: str, sop_class: str = DigitalMammographyXRayImageStorageForPresentation) -> Dataset:
    """Refer to an image that another was computed from, pixel for pixel (PS3.3 C.7.6.1.1.4)."""
    return of(
        ReferencedSOPClassUID=sop_class,
        ReferencedSOPInstanceUID=uid,
        SpatialLocationsPreserved="YES",
        PurposeOfReferenceCodeSequence=[code("121322", "DCM", "Source image for image processing operation")],
    )


def file_meta(sop_class: str, uid: str) -> FileMetaDataset:
    """Return the head of a file in Explicit VR Little Endian (PS3.10 7.1)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = UID(uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = _IMPLEMENTATION
    meta.ImplementationVersionName = "VCEM"
    return meta


def file_bytes(dataset: Dataset) -> bytes:
    """Return the whole file of a data set that has its file meta; the same data set gives the same bytes."""
    content = io.BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()
