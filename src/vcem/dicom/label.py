"""The words "AI, research only" over a virtual DES image, as a Grayscale Softcopy Presentation State (PS3.3 A.33.1).

A viewer that applies it draws the words; the pixels stay untouched.
"""

from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation, GrayscaleSoftcopyPresentationStateStorage

from vcem import __version__
from vcem.core.terms import Origin
from vcem.dicom.damage import header_of, told
from vcem.dicom.elements import file_bytes, file_meta, of
from vcem.dicom.virtual import FIRST_SERIES, PATIENT, STUDY, WARNING, Drawn, kept, virtual_uid

LAYER = "WARNING"
CORNER = ([0.02, 0.02], [0.98, 0.07])  # of the displayed area, which is [0, 1] x [0, 1]


def label_dicom(path: Path, drawn: Drawn) -> bytes:
    """Return the file of the presentation state for the virtual DES image of the LE image at `path`.

    Raises:
        FailureError: if the source's header is damaged.
    """
    source = header_of(path)
    with told(path):
        return file_bytes(label_dataset(source, drawn))


def label_dataset(source: Dataset, drawn: Drawn) -> Dataset:
    """Return the presentation state with all its attributes."""
    uid = virtual_uid(source.SOPInstanceUID, drawn.model, "label")
    image = of(
        ReferencedSOPClassUID=DigitalMammographyXRayImageStorageForPresentation,
        ReferencedSOPInstanceUID=virtual_uid(source.SOPInstanceUID, drawn.model),
    )
    dataset = kept(source, (*PATIENT, *STUDY))
    dataset.file_meta = file_meta(GrayscaleSoftcopyPresentationStateStorage, uid)
    for part in (_state(uid, source, drawn), _relations(source, image, drawn), _drawing(source, image, drawn)):
        dataset.update(part)
    return dataset


def _state(uid: str, source: Dataset, drawn: Drawn) -> Dataset:
    return of(
        SOPClassUID=GrayscaleSoftcopyPresentationStateStorage,
        SOPInstanceUID=uid,
        Modality="PR",
        SeriesInstanceUID=virtual_uid(source.SeriesInstanceUID, drawn.model, "labels"),
        SeriesNumber=FIRST_SERIES + 1000 + int(source.get("SeriesNumber") or 0) % 1000,
        SeriesDescription="Label of virtual DES, AI, research only",
        Laterality=drawn.side.value,
        Manufacturer="vcem",
        ManufacturerModelName="vcem",
        DeviceSerialNumber="0",
        SoftwareVersions=__version__,
        InstanceNumber=source.get("InstanceNumber") or 1,
        ContentLabel="RESEARCH_ONLY",
        ContentDescription=WARNING,
        ContentCreatorName="",
        # when the image was taken: no clock is read, so that the same source gives the same bytes
        PresentationCreationDate=source.get("ContentDate") or source.get("StudyDate") or "19000101",
        PresentationCreationTime=source.get("ContentTime") or source.get("StudyTime") or "000000",
        PresentationLUTShape="IDENTITY",
    )


def _relations(source: Dataset, image: Dataset, drawn: Drawn) -> Dataset:
    series = of(
        SeriesInstanceUID=virtual_uid(source.SeriesInstanceUID, drawn.model, "series"), ReferencedImageSequence=[image]
    )
    area = of(
        ReferencedImageSequence=[image],
        DisplayedAreaTopLeftHandCorner=[1, 1],
        DisplayedAreaBottomRightHandCorner=[int(source.Columns), int(source.Rows)],
        PresentationSizeMode="SCALE TO FIT",
        PresentationPixelAspectRatio=["1", "1"],
    )
    return of(ReferencedSeriesSequence=[series], DisplayedAreaSelectionSequence=[area])


def _drawing(source: Dataset, image: Dataset, drawn: Drawn) -> Dataset:
    words = "AI virtual DES - research only" + (", simulated" if drawn.origin is Origin.SIMULATED else "")
    text = of(
        BoundingBoxAnnotationUnits="DISPLAY",
        UnformattedTextValue=words,
        BoundingBoxTopLeftHandCorner=CORNER[0],
        BoundingBoxBottomRightHandCorner=CORNER[1],
        BoundingBoxTextHorizontalJustification="CENTER",
    )
    return of(
        GraphicAnnotationSequence=[of(ReferencedImageSequence=[image], GraphicLayer=LAYER, TextObjectSequence=[text])],
        GraphicLayerSequence=[of(GraphicLayer=LAYER, GraphicLayerOrder=1)],
    )
