"""A mammogram with every attribute of the DICOM dictionary filled with a value that can be found again."""

from collections.abc import Iterable

from pydicom.datadict import DicomDictionary, keyword_dict
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from toy_dicom import STUDY, image_of, pixels_of
from vcem.core.terms import Energy
from vcem.dicom.write import dataset_of

DATE, UID_ROOT, MARK = "19570823", "1.9.77.", "MARK"
TEXTS = {"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"}
BYTES = {"OB", "OW", "UN", "OB or OW", "OD", "OF", "OL", "OV"}
# without these it is not a mammogram; the gate looks at them, or they say how to read the pixels
NEEDED = {
    "BitsAllocated", "BitsStored", "BurnedInAnnotation", "Columns", "DoubleFloatPixelData", "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths", "FloatPixelData", "HighBit", "ImageType", "Modality", "NumberOfFrames",
    "PhotometricInterpretation", "PixelData", "PixelDataProviderURL", "PixelRepresentation",
    "RecognizableVisualFeatures", "Rows", "SOPClassUID", "SamplesPerPixel", "SpecificCharacterSet", "SyntheticData",
}  # fmt: skip


def mark_of(tag: int) -> str:
    return f"{MARK}{tag:08X}"


def marked_keywords() -> list[str]:
    """Every attribute that can carry text, a date, a UID, bytes or items."""
    possible = [keyword for keyword, tag in keyword_dict.items() if tag >> 16 > 2 and keyword not in NEEDED]
    return [k for k in possible if _value(keyword_dict[k], DicomDictionary[keyword_dict[k]][0]) is not None]


def fill(dataset: Dataset, whole: frozenset[str] = frozenset()) -> Dataset:
    """Put a marked value into every attribute; sequences hold a name and a date, those named by `whole` everything."""
    for keyword in marked_keywords():
        tag = keyword_dict[keyword]
        vr = DicomDictionary[tag][0]
        value = _value(tag, vr) if vr != "SQ" else [fill(Dataset()) if keyword in whole else _named()]
        dataset[Tag(tag)] = DataElement(Tag(tag), vr.split(" or ")[0], value)
    return dataset


def _named() -> Dataset:
    item = Dataset()
    item.PatientName, item.StudyDate = mark_of(keyword_dict["PatientName"]), DATE
    return item


def marked_mammogram(kept_sequences: Iterable[str]) -> Dataset:
    """Fill every attribute at the top, in all sequences that are kept, and private ones; overlays and curves too."""
    dataset = dataset_of(pixels_of(), STUDY, image_of(Energy.LE))
    del dataset.SyntheticData
    coded = dataset.ViewCodeSequence[0], dataset.AnatomicRegionSequence[0]
    fill(dataset, frozenset(kept_sequences))
    # items of codes that are really codes, with everything else in them beside
    for keyword, code in zip(("ViewCodeSequence", "AnatomicRegionSequence"), coded, strict=True):
        item = fill(Dataset())
        item.update({"CodingSchemeDesignator": "SCT"})
        item.CodeValue = code.CodeValue
        item.add_new(0x00450010, "LO", "MARKPRIVATE2")
        setattr(dataset, keyword, [item])
    block = dataset.private_block(0x0045, "MARKCREATOR", create=True)
    block.add_new(0x1B, "LO", "MARKPRIVATE")
    block.add_new(0x1C, "SQ", [fill(Dataset())])
    for group in (0x5000, 0x6000, 0x601E):
        dataset.add_new((group, 0x0022), "LO", f"MARK{group:04X}0022")
        dataset.add_new((group, 0x3000), "OW", b"MARKOVER")
    dataset.preamble = b"MARKPREAMBLE".ljust(128, b"\0")
    dataset.file_meta.SourceApplicationEntityTitle = "MARKAETITLE"
    dataset.file_meta.PrivateInformationCreatorUID = UID_ROOT + "1"
    dataset.file_meta.PrivateInformation = b"MARKINFO"
    return dataset


def _value(tag: int, vr: str):
    if vr in TEXTS:
        return mark_of(tag)
    if vr in BYTES:
        return mark_of(tag).encode()
    return {"DA": DATE, "DT": f"{DATE}101112", "UI": f"{UID_ROOT}{tag}", "SQ": (), "AS": "097Y"}.get(vr)
