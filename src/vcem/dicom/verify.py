"""The second pair of eyes: search every byte of what would be released for what identifies in the originals.

It shares no rule with deidentify.py and is no proof. It finds what the originals say in the forms of spellings.py, in
all views of the bytes (views.py). It cannot read what is drawn into pixels.
"""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames

from vcem.dicom.dates import day_of
from vcem.dicom.identifiers import LEAST, LONG, TEXTS, Identifier, Identifiers
from vcem.dicom.leaks import (
    LEAST_WITHIN,
    PSEUDONYM,
    SET_APART,
    TOKEN,
    UID,
    Leak,
    Others,
    words_of,
)
from vcem.dicom.spellings import encoded, in_digits, in_few_digits, in_parts
from vcem.dicom.streams import picture_part
from vcem.dicom.unreadable import UNREADABLE, odd_values_pass
from vcem.dicom.views import decoded, runs, sentences, views

_WHOLE = ("IS", "SL", "SS", "UL", "US")
LEAST_IN_PIXELS = 8  # bytes; shorter ones turn up in coded pixels by chance, but for those in runs of text


@dataclass(frozen=True)
class _Output:
    """An output file laid open.

    `views` are the ways to look at the bytes before and after the pixels, `pixels` those bytes in small letters, `runs`
    the ways to look at runs of text in them, `sentences` those of several words, `values` the decoded values.
    """

    views: tuple[bytes, ...]
    pixels: bytes
    runs: tuple[bytes, ...]
    sentences: bytes
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
    found = (*_texts(output, own), *_words(output, own), *_numbers(output, own), *_dates(output, own, original),
             *_uids(output, own, others), *_names(output, others), *_structure(output))  # fmt: skip
    return [Leak(name, what) for what in dict.fromkeys(found)]


def _open(name: str, content: bytes) -> _Output:
    with odd_values_pass():
        dataset = pydicom.dcmread(io.BytesIO(content))
        place, size = _pixel_place(dataset)
        body = content[:place] + b"\0" + content[place + size :] + b"\0" + name.encode(errors="surrogateescape")
        values = tuple(_values(dataset))
    pixels = content[place : place + size]
    text = runs(pixels)
    in_pixels = (text.lower(), text[::-1].lower(), b"\0".join(decoded(text)).lower())
    return _Output(tuple(views(body)), pixels.lower(), in_pixels, sentences(text).lower(), values, dataset)


def _pixel_place(dataset: Dataset) -> tuple[int, int]:
    if "PixelData" not in dataset:
        return 0, 0
    element = dataset.get_item("PixelData")
    if not isinstance(element, RawDataElement) or element.value is None:
        return 0, 0
    return element.value_tell, len(element.value)


def _values(dataset: Dataset, kinds: Iterable[str] = (*TEXTS, "AS", "CS")) -> Iterator[str]:
    for element in dataset.iterall():
        if element.VR in kinds:
            value = element.value
            several = value if isinstance(value, list | pydicom.multival.MultiValue) else [value]
            yield from (str(v).strip().lower() for v in several if v is not None)


def _texts(output: _Output, own: Identifiers) -> Iterator[str]:
    wholes = [name for name in sorted(own.wholes) if len(name) >= LEAST_WITHIN]
    values = "\0".join(output.values).encode()
    for identifier in (*own.texts, *(Identifier(name, "PatientName") for name in wholes)):
        forms = encoded(identifier.value)
        if any(_holds(view, form) for view in (*output.views, values) for form in forms):
            yield f"{identifier.source} of its original"
        elif any(_in_pixels(output, form) for form in forms):
            yield f"{identifier.source} of its original, in the pixel data"
    whole = set(output.values)
    yield from (f"{i.source} of its original" for i in own.short if i.value.lower() in whole)


def _words(output: _Output, own: Identifiers) -> Iterator[str]:
    """Search short names as words of values and of texts; among bytes they would be there by chance."""
    hidden = sentences(output.views[-1])
    texts = " ".join([*output.values, *(view.decode("latin-1") for view in (hidden, output.sentences))])
    words = {word.lower() for word in TOKEN.findall(texts)}
    if (words | {word[::-1] for word in words if len(word) == LEAST - 1}) & own.words:
        yield "a short name of its original"


def _numbers(output: _Output, own: Identifiers) -> Iterator[str]:
    """Search the digits of numbers of people in other numbers, whose digits may be set apart or in several values."""
    whole = (*output.values, *_values(output.dataset, _WHOLE))
    digits = [SET_APART.sub("", value) for value in whole if not PSEUDONYM.fullmatch(value)]
    parts = {re.sub(r"\D", "", value) for value in _values(output.dataset, ("DS", "FD", "FL"))}
    decimals = {value.strip("0") for value in parts}
    apart = [*parts, *(re.sub(r"\D", "", value) for value in _several(output.dataset))]
    for number in own.numbers:
        if number.strip("0") in decimals or any(number in value for value in digits):
            yield "the digits of a number of its original"
        elif len(number) >= LONG and any(number in value for value in apart):
            yield "the digits of a number of its original, set apart"


def _several(dataset: Dataset) -> Iterator[str]:
    """Yield times, and the values of an attribute that has several, one behind the other."""
    for element in dataset.iterall():
        if element.VR in ("TM", "DT") or (element.VR in (*_WHOLE, "DS", "FD", "FL") and element.VM > 1):
            yield str(element.value)


def _holds(body: bytes, form: bytes) -> bool:
    """Tell whether bytes are there: a number not within a longer one, a short word not within another (PRIMARY)."""
    if form.isdigit():
        return re.search(rb"(?<!\d)" + form + rb"(?!\d)", body) is not None
    if form.isalpha() and len(form) < LEAST_WITHIN:
        return re.search(rb"(?<![a-z])" + form + rb"(?![a-z])", body) is not None
    return form in body


def _in_pixels(output: _Output, form: bytes) -> bool:
    if len(form) < LEAST_IN_PIXELS:
        return len(form) >= LEAST and _holds(output.sentences, form)
    return form in output.pixels or any(form in view for view in output.runs)


def _dates(output: _Output, own: Identifiers, original: Dataset) -> Iterator[str]:
    days = _days_moved(output.dataset, original)
    if days == 0:
        yield "dates that were not moved"
    expected = {moved for d in own.dates if (moved := _moved(d, days))}
    body = "\0".join(view.decode("latin-1") for view in output.views)
    values = "\0".join((*output.values, *_values(output.dataset, ("IS",))))
    in_pixels = "\0".join(view.decode("latin-1") for view in output.runs)
    for day in (whole for d in sorted(own.dates - expected) if (whole := day_of(d))):
        if (
            in_digits(day).search(body)
            or in_parts(day).search(f"{body}\0{values}")
            or in_few_digits(day).search(values)
        ):
            yield "a date of its original"
        elif in_digits(day).search(in_pixels) or in_parts(day).search(in_pixels):
            yield "a date of its original, in the pixel data"


def _days_moved(made: Dataset, original: Dataset) -> int | None:
    for keyword in ("StudyDate", "AcquisitionDate", "ContentDate", "SeriesDate"):
        before, after = (day_of(str(dataset.get(keyword) or "")) for dataset in (original, made))
        if before and after:
            return (before - after).days
    return None


def _moved(day: str, days: int | None) -> str:
    whole = day_of(day)
    try:
        return f"{whole - timedelta(days):%Y%m%d}".rjust(8, "0") if whole and days is not None else ""
    except OverflowError:
        return ""


def _uids(output: _Output, own: Identifiers, others: Others) -> Iterator[str]:
    if any(match[0].decode() in others.uids for view in output.views for match in UID.finditer(view)):
        yield "UID of an original"
    if any(_in_pixels(output, uid.encode()) for uid in own.uids):
        yield "UID of its original, in the pixel data"


def _names(output: _Output, others: Others) -> Iterator[str]:
    text, *hidden = (view.decode("latin-1") for view in output.views)
    long = {word for word in others.names if len(word) >= LEAST_WITHIN}
    if {*words_of(text), *output.values} & others.names or words_of(" ".join(hidden)) & long:
        yield "name or number of a person of another original"
    if any(set(TOKEN.findall(value)) & others.words for value in output.values if not PSEUDONYM.fullmatch(value)):
        yield "short name of a person of another original"


def _structure(output: _Output) -> Iterator[str]:
    if "PixelData" not in output.dataset:
        yield "it holds no image"
    elif not _is_only_picture(output.dataset):
        yield "its pixel data hold more than a picture"
    if output.dataset.preamble and output.dataset.preamble.strip(b"\0"):
        yield "a preamble"
    if any(element.tag.is_private for element in output.dataset.iterall()):
        yield "a private attribute"
    if any(0x5000 <= element.tag.group <= 0x60FF for element in output.dataset.iterall()):
        yield "an overlay or curve"


def _is_only_picture(dataset: Dataset) -> bool:
    """Tell whether pixel data are one whole stream without any part that its picture does not need, or all pixels."""
    try:
        syntax = dataset.file_meta.TransferSyntaxUID
        if not syntax.is_encapsulated:
            size = dataset.Rows * dataset.Columns * dataset.BitsAllocated // 8
            return len(dataset.PixelData) == size + size % 2
        stream = next(iter(generate_frames(dataset.PixelData, number_of_frames=1)))
        kept = picture_part(stream, syntax)
        return dataset.PixelData.rstrip(b"\0") == encapsulate([kept + b"\0" * (len(kept) % 2)]).rstrip(b"\0")
    except UNREADABLE:
        return False
