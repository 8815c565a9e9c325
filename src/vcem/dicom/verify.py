"""The second pair of eyes: search every byte of what would be released for what identifies in the originals.

It shares no rule with deidentify.py and is no proof. It finds what the originals say in a form it knows: as text in
several encodings, as a date in several notations, as a UID. It cannot read what is drawn into pixels.
"""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from vcem.dicom.identifiers import TEXTS, Identifier, Identifiers
from vcem.dicom.unreadable import UNREADABLE, odd_values_pass

LEAST_IN_PIXELS = 8  # bytes; shorter ones turn up in compressed pixels by chance
LEAST_OF_OTHERS = 5
LEAST_WITHIN = 6  # letters; a shorter name may be a part of a common word
ENCODINGS = ("utf-8", "latin-1", "utf-16-le", "utf-16-be", "shift_jis", "gb18030", "euc_kr", "cp1251", "iso8859-7")
_UID = re.compile(rb"\d+(?:\.\d+){2,}")
_WORD = re.compile(r"[^\W_]+(?:[.@-][^\W_]+)*")
_INNER = re.compile(r"[.@-]")
_NOTATIONS = ("%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%Y", "%m-%d-%Y")


@dataclass(frozen=True)
class Leak:
    """Something of an original in an output file; it names the attribute, not what it said."""

    file: str
    what: str


@dataclass(frozen=True)
class Others:
    """What identifies in all originals together: UIDs, and names and numbers of people in small letters."""

    uids: frozenset[str]
    names: frozenset[str]


@dataclass(frozen=True)
class _Output:
    """An output file laid open: bytes before and after the pixels in small letters, the pixels, and decoded values."""

    body: bytes
    pixels: bytes
    values: tuple[str, ...]
    dataset: Dataset


def leaks_in(name: str, content: bytes, own: Identifiers, original: Dataset, others: Others) -> list[Leak]:
    """Search one released image.

    Args:
        name: its path below the output folder.
        content: its bytes.
        own: what identifies in its original.
        original: the header of its original.
        others: what identifies in all originals.
    """
    try:
        output = _open(name, content)
    except UNREADABLE as error:
        return [Leak(name, f"it cannot be read ({type(error).__name__})")]
    found = (*_texts(output, own), *_dates(output, own, original), *_uids(output, own, others),
             *_names(output, others), *_structure(output))  # fmt: skip
    return [Leak(name, what) for what in dict.fromkeys(found)]


def leaks_in_text(name: str, content: bytes, others: Others) -> list[Leak]:
    """Search a file that is no image, its name included, for UIDs and names of any original."""
    text = f"{name} {content.decode('utf-8', 'replace')}"
    found = [f"UID of an original at byte {m.start()}" for m in _UID.finditer(content) if m[0].decode() in others.uids]
    found += ["name or number of a person" for word in words_of(text) if word in others.names]
    return [Leak(name, what) for what in dict.fromkeys(found)]


def _open(name: str, content: bytes) -> _Output:
    with odd_values_pass():
        dataset = pydicom.dcmread(io.BytesIO(content))
        place, size = _pixel_place(dataset)
        body = content[:place] + b"\0" + content[place + size :] + b"\0" + name.encode()
        values = tuple(_values(dataset))
    return _Output(body.lower(), content[place : place + size], values, dataset)


def _pixel_place(dataset: Dataset) -> tuple[int, int]:
    if "PixelData" not in dataset:
        return 0, 0
    element = dataset.get_item("PixelData")
    if not isinstance(element, RawDataElement) or element.value is None:
        return 0, 0
    return element.value_tell, len(element.value)


def _values(dataset: Dataset) -> Iterator[str]:
    for element in dataset.iterall():
        if element.VR in (*TEXTS, "AS", "CS"):
            value = element.value
            several = value if isinstance(value, list | pydicom.multival.MultiValue) else [value]
            yield from (str(v).strip().lower() for v in several if v is not None)


def _texts(output: _Output, own: Identifiers) -> Iterator[str]:
    decoded = "\0".join(output.values).encode()
    for identifier in own.texts:
        text = identifier.value.lower()
        if any(_holds(output.body, form) for form in _forms(text)) or _holds(decoded, text.encode()):
            yield f"{identifier.source} of its original"
        elif any(_in_pixels(output, form) for form in _forms(identifier.value)):
            yield f"{identifier.source} of its original, in the pixel data"
    whole = set(output.values)
    yield from (f"{i.source} of its original" for i in own.short if i.value.lower() in whole)


def _forms(text: str) -> list[bytes]:
    forms = (text.encode(encoding, "ignore") for encoding in ENCODINGS)
    return list(dict.fromkeys(form for form in forms if len(form) >= len(text) > 0))


def _holds(body: bytes, form: bytes) -> bool:
    """Tell whether bytes are there: a number not within a longer one, a short word not within another (PRIMARY)."""
    if form.isdigit():
        return re.search(rb"(?<!\d)" + form + rb"(?!\d)", body) is not None
    if form.isalpha() and len(form) < LEAST_WITHIN:
        return re.search(rb"(?<![a-z])" + form + rb"(?![a-z])", body) is not None
    return form in body


def _in_pixels(output: _Output, form: bytes) -> bool:
    return len(form) >= LEAST_IN_PIXELS and form in output.pixels


def _dates(output: _Output, own: Identifiers, original: Dataset) -> Iterator[str]:
    days = _days_moved(output.dataset, original)
    if days == 0:
        yield "dates that were not moved"
    expected = {moved for d in own.dates if (moved := _moved(d, days))}
    for day in sorted(own.dates - expected):
        if any(re.search(rb"(?<!\d)" + re.escape(form), output.body) for form in _notations(day)):
            yield "a date of its original"
        elif day.encode() in output.pixels:
            yield "a date of its original, in the pixel data"


def _days_moved(made: Dataset, original: Dataset) -> int | None:
    for keyword in ("StudyDate", "AcquisitionDate", "ContentDate", "SeriesDate"):
        before, after = (_date(str(dataset.get(keyword) or "")) for dataset in (original, made))
        if before and after:
            return (before - after).days
    return None


def _moved(day: str, days: int | None) -> str:
    whole = _date(day)
    try:
        return f"{whole - timedelta(days):%Y%m%d}".rjust(8, "0") if whole and days is not None else ""
    except OverflowError:
        return ""


def _notations(day: str) -> list[bytes]:
    whole = _date(day)
    return [f"{whole:{notation}}".encode() for notation in _NOTATIONS] if whole else [day.encode()]


def _date(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def _uids(output: _Output, own: Identifiers, others: Others) -> Iterator[str]:
    if any(match[0].decode() in others.uids for match in _UID.finditer(output.body)):
        yield "UID of an original"
    if any(_in_pixels(output, uid.encode()) for uid in own.uids):
        yield "UID of its original, in the pixel data"


def _names(output: _Output, others: Others) -> Iterator[str]:
    text = output.body.decode("latin-1")
    if any(word in others.names for word in (*words_of(text), *output.values)):
        yield "name or number of a person of another original"


def words_of(text: str) -> set[str]:
    """Return the words of a text in small letters, and the parts of compound ones, that are long enough to search."""
    words = {part for word in _WORD.findall(text.lower()) for part in (word, *_INNER.split(word))}
    return {word for word in words if len(word) >= LEAST_OF_OTHERS}


def _structure(output: _Output) -> Iterator[str]:
    if "PixelData" not in output.dataset:
        yield "it holds no image"
    if output.dataset.preamble and output.dataset.preamble.strip(b"\0"):
        yield "a preamble"
    if any(element.tag.is_private for element in output.dataset.iterall()):
        yield "a private attribute"
    if any(0x5000 <= element.tag.group <= 0x60FF for element in output.dataset.iterall()):
        yield "an overlay or curve"


def worth_searching_elsewhere(identifiers: Iterable[Identifier], vocabulary: frozenset[str]) -> set[str]:
    """Return, in small letters, those names and numbers that are rare enough to be searched in all files."""
    texts = (identifier.value.lower() for identifier in identifiers)
    return {t for t in texts if len(t) >= (8 if t.isdigit() else LEAST_OF_OTHERS) and t not in vocabulary}
