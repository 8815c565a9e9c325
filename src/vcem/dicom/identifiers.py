"""What identifies in an original header, found without the rules of de-identification: this is what checks them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from vcem.dicom.codes import meaning_of
from vcem.dicom.dates import OLDEST_YEARS, day_of
from vcem.dicom.facts import comment_of, facts_in
from vcem.dicom.profile import NUMBER
from vcem.dicom.spellings import whole_names
from vcem.dicom.uids import is_registered
from vcem.dicom.unreadable import elements_in

# Attributes whose words may stay where a closed list or the standard knows them; then another attribute that says the
# same (a Study Description "Mammography") is no leak. Names, numbers of people, dates and UIDs always are.
SHARED = {
    "AcquisitionDeviceProcessingCode", "ContrastBolusAgent", "FilterType", "GridAbsorbingMaterial",
    "GridSpacingMaterial", "ImageComments", "ImplementationVersionName", "LUTExplanation", "LUTLabel", "Manufacturer",
    "ManufacturerModelName", "RescaleType", "SoftwareVersions", "WindowCenterWidthExplanation",
}  # fmt: skip
TEXTS = {"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UN", "UR", "UT"}
LEAST = 4  # shorter texts are everywhere by chance; they are compared as whole values
_READABLE = re.compile(r"[^\W_][\w .,:/@^=-]{2,}")
_WORDS = re.compile(r"[\W_]+")
_PARTS = re.compile(r"[\^=\s,]+")
_CERTAIN = {
    "AccessionNumber", "DeviceSerialNumber", "DetectorID", "InstitutionName", "OtherPatientIDs", "PatientID",
    "PatientAddress", "PatientTelephoneNumbers", "StationName", "StudyID",
}  # fmt: skip
_NO_NUMBER = SHARED | {"DetectorID", "DeviceSerialNumber"}  # of machines
_OF_PEOPLE = {
    "AccessionNumber", "AdmissionID", "OtherPatientIDs", "PatientID", "PatientTelephoneNumbers", "RequestedProcedureID",
    "StudyID",
}  # fmt: skip
LEAST_DIGITS, LONG = 5, 7  # fewer turn up in other numbers by chance; in words that are no number of a person, too
_SHORT = 64  # letters; in longer texts digits that stand apart are not of one number
_OWN_WORD = "simulated"  # stands in the name of every virtual woman, and in other attributes of her images


@dataclass(frozen=True)
class Identifier:
    """One original value, and the attribute that held it."""

    value: str
    source: str


@dataclass(frozen=True)
class Identifiers:
    """What must not be found again, of this patient and of others.

    `texts` anywhere, `short` as a whole value, `names` in all files, and so `wholes` (names of two parts and more, in
    small letters), `words` (parts of names that are too short for bytes) as words, `numbers` (digits of numbers of
    people, and long ones of other texts) within other numbers; `births` are days of birth.
    """

    texts: tuple[Identifier, ...]
    short: tuple[Identifier, ...]
    names: tuple[Identifier, ...]
    wholes: frozenset[str]
    words: frozenset[str]
    numbers: frozenset[str]
    dates: frozenset[str]
    uids: frozenset[str]
    births: frozenset[date]


def identifiers_of(dataset: Dataset, path: str, vocabulary: frozenset[str]) -> Identifiers:
    """Collect what identifies in a header and in the name of its file.

    Args:
        dataset: the original, file meta information included.
        path: where it lay below the input folder.
        vocabulary: words in small letters that stand in every header; a part of a name like that is not searched alone.
    """
    vocabulary |= {_OWN_WORD}
    elements = [e for e in elements_in(dataset) if e.value not in (None, "") and e.VR != "SQ"]
    shared = {text for e in elements if e.keyword in SHARED for text in _texts(e) if _may_stay(text, vocabulary)}
    shared |= set(_of_codes(dataset))
    certain = [i for e in elements if _is_certain(e) for i in _found(e, vocabulary)]
    said = [i for e in elements if e.VR in TEXTS and not _is_certain(e) for i in _found(e, vocabulary)]
    named = [Identifier(part, "file name") for part in re.split(r"[/.]", path) if len(part) > LEAST + 3]
    others = [i for i in (*said, *named) if not _is_common(i.value, shared, vocabulary)]
    found = list(dict.fromkeys([*certain, *others]))
    people = [_parts(text) for e in elements if e.VR == "PN" for text in _texts(e)]
    return Identifiers(
        texts=tuple(i for i in found if _is_long(i.value)),
        short=tuple(i for i in certain if not _is_long(i.value)) + tuple(_old_age(e) for e in elements if _is_old(e)),
        names=tuple(dict.fromkeys(i for i in certain if _is_long(i.value))),
        wholes=frozenset(name for parts in people if len(parts) > 1 for name in whole_names(parts)),
        words=frozenset(part.lower() for parts in people for part in parts if _is_word(part)) - vocabulary,
        numbers=frozenset(n for e in elements if e.VR in TEXTS and e.keyword not in _NO_NUMBER for n in _digits(e))
        - shared,
        dates=frozenset(d for e in elements if e.VR in ("DA", "DT") for d in _dates(e)),
        uids=frozenset(u for e in elements if _is_own_uid(e) for u in _values(e) if not is_registered(u)),
        births=frozenset(d for e in elements if e.keyword == "PatientBirthDate" for t in _dates(e) if (d := day_of(t))),
    )


def _parts(name: str) -> list[str]:
    return [part for part in _PARTS.split(name) if part]


def _is_word(part: str) -> bool:
    """Tell whether a part of a name is too short to be searched among bytes, and no mere initial."""
    return len(part) < LEAST and (len(part) > 1 or not part.isascii()) and part.isalpha()


def _digits(element: DataElement) -> Iterator[str]:
    least = LEAST_DIGITS if element.keyword in _OF_PEOPLE else LONG
    for text in _texts(element):
        joined = [re.sub(r"\D", "", text)] if len(text) <= _SHORT else []
        yield from (digits for digits in {*re.findall(r"\d+", text), *joined} if len(digits) >= least)


def _may_stay(text: str, vocabulary: frozenset[str]) -> bool:
    """Tell whether a closed list knows every word of a text; versions have numbers of up to three digits."""
    words = [word for word in _WORDS.split(text.lower()) if word]
    known = all(w in vocabulary or NUMBER.fullmatch(w.lstrip("abcdefghijklmnopqrstuvwxyz")) for w in words)
    return known or text == comment_of(facts_in(text))


def _of_codes(dataset: Dataset) -> Iterator[str]:
    """Yield what the codes of a header say that the standard knows: those may stay."""
    for element in elements_in(dataset):
        for item in element.value if element.VR == "SQ" else ():
            scheme, value = (str(item.get(keyword) or "") for keyword in ("CodingSchemeDesignator", "CodeValue"))
            if meaning := meaning_of(scheme, value):
                yield from (scheme, value, meaning)


def _is_own_uid(element: DataElement) -> bool:
    return element.VR == "UI" and element.keyword != "ImplementationClassUID"  # that of the program, not of the image


def _is_certain(element: DataElement) -> bool:
    return element.VR == "PN" or element.keyword in _CERTAIN


def _found(element: DataElement, vocabulary: frozenset[str]) -> Iterable[Identifier]:
    source = element.keyword or f"private {element.tag}"
    for text in _texts(element):
        if element.VR != "PN" or text.lower() not in vocabulary:  # not a name alone that every header says
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
    small = text.lower()
    return any(small in other.lower() for other in shared) or all(w in vocabulary for w in words)


def _is_old(element: DataElement) -> bool:
    text = str(element.value)
    return element.VR == "AS" and text[:3].isdigit() and text[3:] == "Y" and int(text[:3]) > OLDEST_YEARS + 1


def _old_age(element: DataElement) -> Identifier:
    return Identifier(str(element.value), element.keyword or "age")


def _is_long(text: str) -> bool:
    """Tell whether a text is rare enough to be searched among bytes; short numbers stand in every header."""
    return len(text) >= (6 if text.replace(".", "").isdigit() else LEAST)
