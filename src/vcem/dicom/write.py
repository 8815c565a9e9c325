"""A simulated contrast mammogram as a Digital Mammography X-Ray Image (PS3.3 A.27, C.8.11.7).

For Presentation, or For Processing: raw exposures, whose header says what the open field gives.
"""

from pathlib import Path

import numpy as np
from jaxtyping import UInt16
from pydicom.dataset import Dataset
from pydicom.uid import (
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalMammographyXRayImageStorageForProcessing,
)

from vcem import __version__
from vcem.core.files import write_bytes
from vcem.core.terms import Energy, Side, View
from vcem.dicom.elements import code, file_bytes, file_meta, of, source_reference
from vcem.dicom.header import Exposure, Image, Study

BITS_STORED = 12
TOP = 2**BITS_STORED - 1
RAW_BITS = 14
OPEN_FIELD_SHARE = "OPEN_FIELD_SHARE"  # LUT Label of what maps raw stored values to shares of the open field
TYPES = {
    Energy.LE: ["ORIGINAL", "PRIMARY", "POST_CONTRAST", "", "LOW_ENERGY"],
    Energy.HE: ["ORIGINAL", "PRIMARY", "POST_CONTRAST", "", "HIGH_ENERGY"],
    Energy.DES: ["DERIVED", "PRIMARY", "POST_CONTRAST", "SUBTRACTION", ""],
}
SERIES = {Energy.LE: "Low energy", Energy.HE: "High energy", Energy.DES: "Recombined iodine image"}
VIEWS = {View.CC: ("399162004", "cranio-caudal"), View.MLO: ("399368009", "medio-lateral oblique")}
# the first row's direction and the first column's; the chest wall of a left breast lies at the left (PS3.3 C.7.6.1.1.1)
ORIENTATION = {
    (Side.LEFT, View.CC): ["A", "R"],
    (Side.RIGHT, View.CC): ["P", "L"],
    (Side.LEFT, View.MLO): ["A", "FR"],
    (Side.RIGHT, View.MLO): ["P", "FL"],
}
MATERIALS = {
    "Mo": "MOLYBDENUM", "Rh": "RHODIUM", "W": "TUNGSTEN", "Ag": "SILVER", "Cu": "COPPER", "Al": "ALUMINUM",
    "Ti": "TITANIUM", "Sn": "TIN",
}  # fmt: skip
SOURCE_TO_DETECTOR_MM, SOURCE_TO_SUPPORT_MM = 660, 637  # Senographe Pristina, from a public dose report
OBLIQUE_DEG = 45


def write_mammogram(path: Path, stored: UInt16[np.ndarray, "h w"], study: Study, image: Image) -> None:
    """Write one image whole or not at all; the same arguments give the same bytes."""
    write_bytes(path, file_bytes(dataset_of(stored, study, image)))


def dataset_of(stored: UInt16[np.ndarray, "h w"], study: Study, image: Image) -> Dataset:
    """Return the image with all its attributes."""
    dataset = Dataset()
    dataset.file_meta = file_meta(_sop_class(image), image.uid)
    values = (presented(*image.window), pixels(stored)) if image.open_field is None else _raw(stored, image.open_field)
    for part in (_patient(study), _study(study), _series(image), _image(study, image), _acquisition(study, image),
                 _geometry(stored, image), *values):  # fmt: skip
        dataset.update(part)
    if image.mg_per_cm2:
        dataset.RealWorldValueMappingSequence = [iodine_values(*image.mg_per_cm2)]
    if image.sources:
        dataset.SourceImageSequence = [source_reference(uid) for uid in image.sources]
        dataset.DerivationDescription = "Recombination of simulated low and high energy images"
    return dataset


def _sop_class(image: Image) -> str:
    if image.open_field is None:
        return DigitalMammographyXRayImageStorageForPresentation
    return DigitalMammographyXRayImageStorageForProcessing


def _patient(study: Study) -> Dataset:
    return of(
        PatientName=f"SIMULATED^{study.patient}",
        PatientID=study.patient,
        PatientBirthDate="",
        PatientSex="F",
        PatientAge=f"{study.age_years:03d}Y",
        PatientComments="No real person: simulated by vcem",
    )


def _study(study: Study) -> Dataset:
    return of(
        StudyInstanceUID=study.uid,
        StudyDate=study.date,
        StudyTime=_clock(study.begun_s),
        StudyID=study.patient,
        AccessionNumber="",
        ReferringPhysicianName="",
        StudyDescription="Simulated contrast mammogram",
    )


def _series(image: Image) -> Dataset:
    late = ", late phase" if image.late else ""
    raw = "" if image.open_field is None else ", raw"
    return of(
        Modality="MG",
        PresentationIntentType="FOR PROCESSING" if raw else "FOR PRESENTATION",
        SeriesInstanceUID=image.series_uid,
        SeriesNumber=image.series,
        SeriesDescription=f"{SERIES[image.energy]}{late}{raw}, simulated",
        FrameOfReferenceUID=image.frame_uid,
        PositionReferenceIndicator="",
        Manufacturer="vcem simulator",
        ManufacturerModelName="Geometry of Senographe Pristina",
        DeviceSerialNumber="0",
        SoftwareVersions=__version__,
    )


def _image(study: Study, image: Image) -> Dataset:
    return of(
        SOPClassUID=_sop_class(image),
        SOPInstanceUID=image.uid,
        SyntheticData="YES",
        ImageType=TYPES[image.energy],
        InstanceNumber=image.number,
        ContentDate=study.date,
        ContentTime=_clock(image.taken_s),
        AcquisitionDate=study.date,
        AcquisitionTime=_clock(image.taken_s),
        AcquisitionNumber=image.number,
        ImageLaterality=image.side.value,
        PatientOrientation=ORIENTATION[image.side, image.view],
        ImageComments=image.comment,
        BurnedInAnnotation="NO",
        LossyImageCompression="00",
        QualityControlImage="NO",
        BreastImplantPresent="NO",
        OrganExposed="BREAST",
        AnatomicRegionSequence=[code("76752008", "SCT", "Breast")],
        ViewCodeSequence=[_view(image.view)],
        AcquisitionContextSequence=[],
    )


def _acquisition(study: Study, image: Image) -> Dataset:
    dataset = of(
        ContrastBolusAgent="Iodine, simulated",
        ContrastBolusStartTime=_clock(study.injected_s),
        BodyPartThickness=_decimal(image.paddle_mm),
        Grid=["RECIPROCATING"],
        ExposureControlMode="AUTOMATIC",
    )
    if image.exposure:
        dataset.update(_exposure(image.exposure))
    return dataset


def _exposure(exposure: Exposure) -> Dataset:
    return of(
        KVP=_decimal(exposure.kvp),
        AnodeTargetMaterial=_material(exposure.anode),
        FilterMaterial=_material(exposure.filter),
        FilterThicknessMinimum=_decimal(exposure.filter_mm),
        FilterThicknessMaximum=_decimal(exposure.filter_mm),
    )


def _geometry(stored: UInt16[np.ndarray, "h w"], image: Image) -> Dataset:
    spacing = _decimal(image.spacing_mm)
    angle = OBLIQUE_DEG if image.view is View.MLO else 0
    field = [str(round(side * image.spacing_mm)) for side in stored.shape]
    return of(
        PositionerType="MAMMOGRAPHIC",
        PositionerPrimaryAngle=str(angle if image.side is Side.RIGHT else -angle),
        DistanceSourceToDetector=str(SOURCE_TO_DETECTOR_MM),
        DistanceSourceToPatient=str(SOURCE_TO_SUPPORT_MM),
        EstimatedRadiographicMagnificationFactor=_decimal(SOURCE_TO_DETECTOR_MM / SOURCE_TO_SUPPORT_MM),
        ImagerPixelSpacing=[spacing, spacing],
        DetectorType="SCINTILLATOR",
        DetectorConfiguration="AREA",
        FieldOfViewShape="RECTANGLE",
        FieldOfViewDimensions=field,
        FieldOfViewOrigin=["0", "0"],
        FieldOfViewRotation="0",
        FieldOfViewHorizontalFlip="NO",
    )


def presented(centre: float, width: float) -> Dataset:
    """Return how stored values become grey: as they are, through one linear window (PS3.3 C.11.2)."""
    return of(
        PixelIntensityRelationship="LOG",
        PixelIntensityRelationshipSign=-1,
        RescaleIntercept="0",
        RescaleSlope="1",
        RescaleType="US",
        PresentationLUTShape="IDENTITY",
        WindowCenter=_decimal(centre),
        WindowWidth=_decimal(width),
        VOILUTFunction="LINEAR",
    )


def _raw(stored: UInt16[np.ndarray, "h w"], open_field: float) -> tuple[Dataset, Dataset]:
    """Return raw values and what they mean: more is more radiation, hence darker (PS3.3 C.8.11.3.1.2)."""
    values = pixels(stored, RAW_BITS)
    values.PhotometricInterpretation = "MONOCHROME1"
    share = _real_world(2**RAW_BITS - 1, 1 / open_field, 0.0)
    share.LUTExplanation, share.LUTLabel = "Signal of the open field is 1", OPEN_FIELD_SHARE
    share.MeasurementUnitsCodeSequence = [code("{ratio}", "UCUM", "ratio")]
    meaning = of(
        PixelIntensityRelationship="LIN",
        PixelIntensityRelationshipSign=1,
        RescaleIntercept="0",
        RescaleSlope="1",
        RescaleType="US",
        PresentationLUTShape="INVERSE",
        RealWorldValueMappingSequence=[share],
    )
    return meaning, values


def pixels(stored: UInt16[np.ndarray, "h w"], bits: int = BITS_STORED) -> Dataset:
    """Return the stored values with what a reader must know of them (PS3.3 C.7.6.3)."""
    return of(
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        Rows=stored.shape[0],
        Columns=stored.shape[1],
        BitsAllocated=16,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=0,
        PixelData=np.minimum(stored, 2**bits - 1).astype("<u2").tobytes(),
    )


def iodine_values(slope: float, intercept: float) -> Dataset:
    """Return the item of a Real World Value Mapping from stored values to iodine."""
    item = _real_world(TOP, slope, intercept)
    item.LUTExplanation, item.LUTLabel = "Iodine along the ray, DES equivalent", "IODINE"
    item.MeasurementUnitsCodeSequence = [code("mg/cm2", "UCUM", "mg/cm2")]
    return item


def _real_world(top: int, slope: float, intercept: float) -> Dataset:
    """A straight line from stored values to what they measure (PS3.3 C.7.6.16.2.11)."""
    return of(
        RealWorldValueFirstValueMapped=0,
        RealWorldValueLastValueMapped=top,
        RealWorldValueSlope=slope,
        RealWorldValueIntercept=intercept,
    )


def _view(view: View) -> Dataset:
    item = code(VIEWS[view][0], "SCT", VIEWS[view][1])
    item.ViewModifierCodeSequence = []
    return item


def _material(symbol: str) -> str:
    return MATERIALS.get(symbol, symbol.upper())


def _decimal(value: float) -> str:
    return f"{value:.8g}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}"
