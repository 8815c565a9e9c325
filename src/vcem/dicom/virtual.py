"""A virtual DES image as a Digital Mammography X-Ray Image - For Presentation in its own series of the source's study.

It must never hang as a recombined image and never pass as acquired: Image Type is DERIVED, SECONDARY and a value of our
own, Synthetic Data (0008,001C) is YES, and the header says what drew it, from which image, with which weights.
"""

from copy import deepcopy
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import UInt16
from pydicom.dataset import Dataset
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation

from vcem import __version__
from vcem.core.grid import Framing, Size
from vcem.core.terms import Frame, Origin, Side, View
from vcem.dicom.damage import header_of, told
from vcem.dicom.elements import code, file_bytes, file_meta, of, source_reference
from vcem.dicom.fitness import SYNTHESIZING, VIRTUAL_DES, VIRTUAL_DES_WIDTH
from vcem.dicom.scan import Header
from vcem.dicom.uids import uid_for
from vcem.dicom.write import TOP, VIEWS, pixels, presented

SCHEME = "99VCEM"
FIRST_SERIES, FIRST_OF_WIDTHS = 9000, 8000
WARNING = "AI, research only, not for diagnosis"
NO_PATIENT = "this model never saw a patient"
TEXT_LENGTH, LABEL_LENGTH = 1024, 64  # of ST and LO (PS3.5 6.2)
NATIVE: Literal["native"] = "native"
Grid: TypeAlias = Size | Literal["native"]
"""Rows and columns on which a network draws; native: those of each source image."""
PATIENT = (
    "SpecificCharacterSet", "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex",
    "PatientAge", "PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence",
    "LongitudinalTemporalInformationModified",
)  # fmt: skip
STUDY = ("StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName",
         "StudyDescription")  # fmt: skip
EMPTY = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
         "AccessionNumber", "ReferringPhysicianName", "BreastImplantPresent", "QualityControlImage")  # fmt: skip
PLACE = (
    "FrameOfReferenceUID", "PositionReferenceIndicator", "InstanceNumber", "AcquisitionDate", "AcquisitionTime",
    "ContentDate", "ContentTime", "AcquisitionNumber", "PatientOrientation", "ViewCodeSequence",
    "AnatomicRegionSequence", "BurnedInAnnotation", "LossyImageCompression", "LossyImageCompressionRatio",
    "LossyImageCompressionMethod", "PartialView",
    "PartialViewDescription", "PartialViewCodeSequence", "BreastImplantPresent", "QualityControlImage",
    "BodyPartThickness", "CompressionForce",
    "PositionerPrimaryAngle", "PositionerPrimaryAngleDirection", "DistanceSourceToDetector", "DistanceSourceToPatient",
    "EstimatedRadiographicMagnificationFactor", "ImagerPixelSpacing", "PixelSpacing", "PixelSpacingCalibrationType",
    "PixelSpacingCalibrationDescription", "DetectorType", "DetectorConfiguration", "FieldOfViewShape",
    "FieldOfViewDimensions", "FieldOfViewOrigin", "FieldOfViewRotation", "FieldOfViewHorizontalFlip",
)  # fmt: skip
MACHINE = ("Manufacturer", "ManufacturerModelName", "InstitutionName", "StationName", "SoftwareVersions",
           "DeviceSerialNumber")  # fmt: skip


@dataclass(frozen=True)
class Model:
    """What drew an image: a run's recipe and its digest, method, fold, check sum of the weights, training images.

    `framing`: the grid that it was trained on and draws on, and what of an image it sees.
    `grid`: where the network drew on another grid than it was trained on. `onnx`: check sum of the ONNX file, where
    the weights were applied by one. `device`: a GPU, which rounds the last bits otherwise than a CPU, where one drew.
    `dose`: the percent of the contrast agent at which LE and DES were taken, where it drew from both.
    `width`: of which interval the image is the half-width, where it is no virtual DES itself.
    """

    name: str
    recipe_digest: str
    method: str
    fold: int
    weights: str
    trained_on: Origin
    framing: Framing
    grid: Grid | None = None
    onnx: str | None = None
    device: str | None = None
    dose: int | None = None
    width: str | None = None

    @property
    def drawn_at(self) -> Grid:
        """The grid on which the network draws."""
        return self.grid or self.framing.size

    @property
    def what(self) -> str:
        """What an image of it is called."""
        return "Virtual DES" if self.width is None else f"Half-width of {self.width.partition(',')[0]}"

    @property
    def variant(self) -> tuple[str, ...]:
        """What may change pixels beside weights and version."""
        parts = {"grid": plain(self.grid), "ONNX": self.onnx, "device": self.device, "dose": self.dose,
                 "width": self.width}  # fmt: skip
        return tuple(f"{name} {value}" for name, value in parts.items() if value is not None)

    @property
    def facts(self) -> dict[str, Any]:
        """All of it as JSON has it; device, dose and width only where there is one."""
        apart = ("framing", "grid", "onnx", "device", "dose", "width")
        named = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in apart}
        others = {name: value for name in apart[3:] if (value := getattr(self, name)) is not None}
        return named | self.framing.facts | {"grid": plain(self.grid), "onnx": self.onnx} | others

    @property
    def sentence(self) -> str:
        """All of it as text."""
        drawn = f"drawn on {_grid_name(self.grid)}, " if self.grid else ""
        onnx = f"ONNX file SHA-256 {self.onnx}, " if self.onnx else ""
        onnx += f"drawn by {self.device}, " if self.device else ""
        seen = self.framing if self.framing.frame is Frame.BREAST else self.framing.size
        return (
            f"vcem {__version__}, weights SHA-256 {self.weights}, recipe digest {self.recipe_digest}, "
            f"method {self.method}, fold {self.fold}, {onnx}"
            f"trained on {self.trained_on} images of {seen}, {drawn}recipe {self.name}"
        )


def _grid_name(grid: Grid) -> str:
    return "the native grid" if grid == NATIVE else str(grid)


def plain(grid: Grid | None) -> int | str | None:
    """Return a grid as JSON has it."""
    return grid.plain if isinstance(grid, Size) else grid


@dataclass(frozen=True)
class Drawn:
    """Which image to write: the source's side, view and origin, what drew it, and the low-dose DES that it drew on."""

    side: Side
    view: View
    origin: Origin
    model: Model
    des: Header | None = None

    @property
    def source(self) -> str:
        """What it was drawn from, in words."""
        return f" and a DES at {self.model.dose} % of the contrast agent" if self.des else ""

    @property
    def beyond_training(self) -> str:
        """What must be said of a patient's image that a model of simulated women drew; "" of any other."""
        return NO_PATIENT if self.origin is Origin.CLINICAL and self.model.trained_on is Origin.SIMULATED else ""


def virtual_uid(source: str, model: Model, what: str = "image") -> str:
    """Return the UID of what the model makes of a source UID: the same again for the same weights and version.

    Another grid and an ONNX file change pixels, so they change the UID too. pydicom's own type of a UID makes no other.
    """
    return uid_for(0, "virtual DES", what, str(source), model.weights, __version__, *model.variant)


def virtual_dicom(path: Path, stored: UInt16[np.ndarray, "h w"], drawn: Drawn) -> bytes:
    """Return the file of a virtual DES image on the grid of the LE image at `path`.

    Where `drawn` is beyond the training, the stored pixels say so, and the header that there are words in them.

    Raises:
        FailureError: if the source's header is damaged.
    """
    source = header_of(path)
    with told(path):
        return file_bytes(virtual_dataset(source, stored, drawn))


def virtual_dataset(source: Dataset, stored: UInt16[np.ndarray, "h w"], drawn: Drawn) -> Dataset:
    """Return the image with all its attributes; patient, study and geometry are the source's."""
    dataset = kept(source, (*PATIENT, *STUDY, *PLACE))
    if "FrameOfReferenceUID" not in dataset and "PositionReferenceIndicator" in dataset:
        del dataset.PositionReferenceIndicator  # of a module that this image then has not
    uid = virtual_uid(source.SOPInstanceUID, drawn.model)
    dataset.file_meta = file_meta(DigitalMammographyXRayImageStorageForPresentation, uid)
    for part in (
        _series(source, drawn),
        _image(uid, drawn),
        _lineage(source, drawn),
        presented((TOP + 1) // 2, TOP + 1),
        pixels(stored),
    ):
        dataset.update(part)
    complete(dataset, drawn.view)
    if drawn.beyond_training:
        dataset.BurnedInAnnotation = "YES"
    return dataset


def kept(source: Dataset, keywords: tuple[str, ...]) -> Dataset:
    """Return these attributes of the source; those that must stand though empty (type 2) do."""
    dataset = Dataset()
    for keyword in keywords:
        if keyword in source:
            dataset[keyword] = deepcopy(source[keyword])
        elif keyword in EMPTY:
            setattr(dataset, keyword, "")
    return dataset


def _series(source: Dataset, drawn: Drawn) -> Dataset:
    """Number and UID follow the source's series, so that its images stay together."""
    simulated = ", simulated" if drawn.origin is Origin.SIMULATED else ""
    return of(
        Modality="MG",
        PresentationIntentType="FOR PRESENTATION",
        SeriesInstanceUID=virtual_uid(source.SeriesInstanceUID, drawn.model, "series"),
        SeriesNumber=(FIRST_OF_WIDTHS if drawn.model.width else FIRST_SERIES)
        + int(source.get("SeriesNumber") or 0) % 1000,
        SeriesDescription=f"{drawn.model.what}, AI, research only{simulated}",
        Manufacturer="vcem",
        ManufacturerModelName=drawn.model.name[:LABEL_LENGTH],
        DeviceSerialNumber="0",
        SoftwareVersions=__version__,
        ContentQualification="RESEARCH",
    )


def _image(uid: str, drawn: Drawn) -> Dataset:
    learned = f" It learned from simulated women: {drawn.beyond_training}." if drawn.beyond_training else ""
    return of(
        SOPClassUID=DigitalMammographyXRayImageStorageForPresentation,
        SOPInstanceUID=uid,
        SyntheticData="YES",
        ImageType=["DERIVED", "SECONDARY", "", VIRTUAL_DES_WIDTH if drawn.model.width else VIRTUAL_DES],
        ImageLaterality=drawn.side.value,
        PositionerType="MAMMOGRAPHIC",
        OrganExposed="BREAST",
        AcquisitionContextSequence=[],
        ImageComments=(
            f"{WARNING}. {_about(drawn.model)}"
            f"Virtual DES: guessed by a neural network from the low energy image{drawn.source}, "
            "not acquired. "
            f"Enhancement can be missing from it, or invented. Origin of the low energy image: {drawn.origin}.{learned}"
        ),
    )


def _about(model: Model) -> str:
    """Say first what an image shows that is no virtual DES."""
    return f"This image is no DES: it shows the half-width of the {model.width} in grey of the " if model.width else ""


def _lineage(source: Dataset, drawn: Drawn) -> Dataset:
    agent = "The source was taken after contrast; this image shows no agent. " if "ContrastBolusAgent" in source else ""
    what = _about(drawn.model) + (
        f"Virtual DES image from the LE image ({drawn.origin}){drawn.source} by a neural network; {WARNING}. {agent}"
    )
    sentence = drawn.model.sentence
    acquired = kept(source, MACHINE)
    acquired.Manufacturer = str(source.get("Manufacturer") or "unknown")
    acquired.PurposeOfReferenceCodeSequence = [code("109101", "DCM", "Acquisition Equipment")]
    return of(
        DerivationDescription=(what + sentence)[:TEXT_LENGTH],
        DerivationCodeSequence=[code(VIRTUAL_DES, SCHEME, "Virtual DES image by a neural network")],
        CodingSchemeIdentificationSequence=[
            of(CodingSchemeDesignator=SCHEME, CodingSchemeName="vcem", CodingSchemeVersion=__version__)
        ],
        SourceImageSequence=[
            source_reference(source.SOPInstanceUID, source.SOPClassUID),
            *([source_reference(drawn.des.uid, drawn.des.sop_class)] if drawn.des else []),
        ],
        ContributingEquipmentSequence=[acquired, _equipment(sentence, drawn)],
    )


def _equipment(sentence: str, drawn: Drawn) -> Dataset:
    return of(
        PurposeOfReferenceCodeSequence=[code(*SYNTHESIZING)],
        Manufacturer="vcem",
        ManufacturerModelName=drawn.model.name[:LABEL_LENGTH],
        SoftwareVersions=__version__,
        ContributionDescription=sentence[:TEXT_LENGTH],
    )


def complete(dataset: Dataset, view: View) -> None:
    """Add what an image must have and older sources lack (PS3.3 A.27), of what is known: not how it lies."""
    needed = of(
        ViewCodeSequence=[code(VIEWS[view][0], "SCT", VIEWS[view][1])],
        AnatomicRegionSequence=[code("76752008", "SCT", "Breast")],
        BurnedInAnnotation="NO",
        LossyImageCompression="00",
        InstanceNumber=1,
    )
    for element in needed:
        if element.keyword not in dataset or dataset[element.keyword].is_empty:
            dataset[element.keyword] = element
    for item in dataset.ViewCodeSequence:
        if "ViewModifierCodeSequence" not in item:
            item.ViewModifierCodeSequence = []
