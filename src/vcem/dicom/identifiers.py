"""What identifies in an original header, found without the rules of de-identification: this is what checks them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from vcem.dicom.dates import OLDEST_YEARS
from vcem.dicom.facts import MARK
from vcem.dicom.unreadable import UNREADABLE

# Words of the trade that every image shares. The texts of these attributes may stay, so that another attribute which
# says the same (a Study Description "Mammography") is no leak. Names, numbers of people, dates and UIDs always are.
SHARED = {
    "AcquisitionDeviceProcessingCode", "CodeMeaning", "CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion",
    "ContrastBolusAgent", "FilterType", "GridAbsorbingMaterial", "GridSpacingMaterial", "ImplementationVersionName",
    "LUTExplanation", "LUTLabel", "Manufacturer", "ManufacturerModelName", "RescaleType", "SoftwareVersions",
    "WindowCenterWidthExplanation",
}  # fmt: skip
TEXTS = {"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UN", "UR", "UT"}
LEAST = 4  # shorter texts are everywhere by chance; they are compared as whole values
_READABLE = re.compile(r"[^\W_][\w .,:/@^=-]{2,}")
_STANDARD = "1.2.840.10008."
_WORDS = re.compile(r"[\W_]+")
_PARTS = re.compile(r"[\^=\s,]+")
_CERTAIN = {
    "AccessionNumber", "DeviceSerialNumber", "DetectorID", "InstitutionName", "OtherPatientIDs", "PatientID",
    "PatientAddress", "PatientTelephoneNumbers", "StationName", "StudyID",
}  # fmt: skip


@dataclass(frozen=True)
class Identifier:
    """One original value, and the attribute that held it."""

    value: str
    source: str


@dataclass(frozen=True)
class Identifiers:
    """What must not be found again: `texts` anywhere, `short` as a whole value, `names` of this and other patients."""

    texts: tuple[Identifier, ...]
    short: tuple[Identifier, ...]
    names: tuple[Identifier, ...]
    dates: frozenset[str]
    uids: frozenset[str]


def identifiers_of(dataset: Dataset, path: str, vocabulary: frozenset[str]) -> Identifiers:
    """Collect what identifies in a header and in the name of its file.

    Args:
        dataset: the original, file meta information included.
        path: where it lay below the input folder.
        vocabulary: words in small letters that stand in every header; a part of a name like that is not searched alone.
    """
    if dataset.get("SyntheticData") == "YES":
        vocabulary |= {"simulated"}  # stands in the name of every virtual woman, and in other attributes of her images
    elements = [e for e in _elements(dataset) if e.value not in (None, "") and e.VR != "SQ"]
    shared = {text for e in elements if e.keyword in SHARED for text in _texts(e)}
    certain = [i for e in elements if _is_certain(e) for i in _found(e, vocabulary)]
    said = [i for e in elements if e.VR in TEXTS and not _is_certain(e) and e.keyword not in SHARED
            for i in _found(e, vocabulary)]  # fmt: skip
    named = [Identifier(part, "file name") for part in re.split(r"[/.]", path) if len(part) > LEAST + 3]
    others = [i for i in (*said, *named) if not _is_common(i.value, shared, vocabulary)]
    found = list(dict.fromkeys([*certain, *others]))
    return Identifiers(
        texts=tuple(i for i in found if _is_long(i.value)),
        short=tuple(i for i in certain if not _is_long(i.value)) + tuple(_old_age(e) for e in elements if _is_old(e)),
        names=tuple(dict.fromkeys(i for i in certain if _is_long(i.value))),
        dates=frozenset(d for e in elements if e.VR in ("DA", "DT") for d in _dates(e)),
        uids=frozenset(u for e in elements if _is_own_uid(e) for u in _values(e) if not u.startswith(_STANDARD)),
    )


def _elements(dataset: Dataset) -> Iterator[DataElement]:
    for tag in dataset.keys():  # noqa: SIM118 (iterating a dataset would convert every value, and stop at a bad one)
        try:
            element = dataset[tag]
        except UNREADABLE:
            continue  # a value that pydicom cannot read; deidentify cannot copy it either
        yield element
        if element.VR == "SQ":
            for item in element.value:
                yield from _elements(item)


def _is_own_uid(element: DataElement) -> bool:
    return element.VR == "UI" and element.keyword != "ImplementationClassUID"  # that of the program, not of the image


def _is_certain(element: DataElement) -> bool:
    return element.VR == "PN" or element.keyword in _CERTAIN


def _found(element: DataElement, vocabulary: frozenset[str]) -> Iterable[Identifier]:
    source = element.keyword or f"private {element.tag}"
    for text in _texts(element):
        yield Identifier(text, source)
        if element.VR == "PN":
            parts = (part for part in _PARTS.split(text) if len(part) >= LEAST and part.lower() not in vocabulary)
            yield from (Identifier(part, source) for part in parts)


def _texts(element: DataElement) -> list[str]:
    return [value for value in _values(element) if value]


def _values(element: DataElement) -> list[str]:
    value = element.value
    if isinstance(value, bytes):
        return [text.strip() for text in _READABLE.findall(value.decode("latin-1"))] if len(value) < 4096 else []
    several = list(value) if isinstance(value, MultiValue | list) else [value]
    return [str(v).strip(" \0") for v in several]


def _dates(element: DataElement) -> Iterator[str]:
    return (value[:8] for value in _values(element) if re.match(r"\d{8}", value))


def _is_common(text: str, shared: set[str], vocabulary: frozenset[str]) -> bool:
    """Tell whether a text says only what every header says, or what a simulation says of itself."""
    words = [word for word in _WORDS.split(text.lower()) if word]
    return text.startswith(MARK) or any(text in other for other in shared) or all(w in vocabulary for w in words)


def _is_old(element: DataElement) -> bool:
    text = str(element.value)
    return element.VR == "AS" and text[:3].isdigit() and text[3:] == "Y" and int(text[:3]) > OLDEST_YEARS + 1


def _old_age(element: DataElement) -> Identifier:
    return Identifier(str(element.value), element.keyword or "age")


def _is_long(text: str) -> bool:
    """Tell whether a text is rare enough to be searched among bytes; short numbers stand in every header."""
    return len(text) >= (6 if text.replace(".", "").isdigit() else LEAST)
