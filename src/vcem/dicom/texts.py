"""Attributes as text, without going through pydicom's types where a file holds plain ASCII, as nearly all do.

An archive has a hundred thousand headers, so this is what an import waits for.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag
from pydicom.valuerep import PersonName

_PLAIN = (
    None,
    "AS",
    "CS",
    "DA",
    "DS",
    "IS",
    "LO",
    "LT",
    "PN",
    "SH",
    "ST",
    "TM",
    "UI",
)  # None: implicit, all asked for are text
_ESCAPE = b"\x1b"  # begins another character set (ISO 2022)


def text(dataset: Dataset, keyword: str) -> str:
    """Return all values of an attribute with backslashes between them, empty if it is absent."""
    return "\\".join(texts(dataset, keyword))


def texts(dataset: Dataset, keyword: str) -> list[str]:
    """Return the values of an attribute of text or of numbers written as text."""
    tag = tag_of(keyword)
    raw = dataset.get_item(tag) if tag in dataset else None
    if raw is None:
        return []
    content = raw.value if isinstance(raw, RawDataElement) and raw.VR in _PLAIN else None
    if content and content.isascii() and _ESCAPE not in content:
        return [part.strip(" \0\t\r\n") for part in content.decode("ascii").split("\\")]
    return _converted(dataset.get(keyword))


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence, none if it is absent."""
    return list(dataset.get(keyword) or []) if tag_of(keyword) in dataset else []


@cache
def tag_of(keyword: str) -> BaseTag:
    """Return the tag of a keyword; pydicom looks it up anew each time."""
    return Tag(keyword)


def _converted(value: Any) -> list[str]:  # noqa: ANN401 (pydicom gives text, numbers, None or lists of them)
    if value is None:
        return []
    several: Iterable[Any] = (
        value if isinstance(value, Iterable) and not isinstance(value, str | PersonName) else [value]
    )
    return [str(v).strip() for v in several]
