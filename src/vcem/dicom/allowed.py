"""The rules of deidentify.toml applied to one object and all items within it."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from vcem.dicom.codes import FORMER, SCHEMES, meaning_of
from vcem.dicom.dates import TIME, moved_back
from vcem.dicom.digits import holds, holds_long
from vcem.dicom.elements import code
from vcem.dicom.profile import CODE, Action, Profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.unreadable import UNREADABLE

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_LEAST, _MOST = 1e-30, 1e30


@dataclass
class Work:
    """What the rules need while they are applied.

    `numbers` are the digits of people's numbers and dates, which no other number may hold; `lost` counts values that
    broke their rule.
    """

    profile: Profile
    names: Pseudonyms
    days: int
    numbers: frozenset[str] = frozenset()
    lost: Counter[str] = field(default_factory=Counter)


def allowed(dataset: Dataset, keywords: Iterable[str], work: Work) -> Dataset:
    """Return a new object with those attributes whose values keep their rules."""
    made = Dataset()
    for keyword in keywords:
        if keyword not in dataset or keyword in CODE:
            continue
        kept = _kept(dataset, keyword, work)
        if kept is not None:
            made.add(kept)
        else:
            work.lost[keyword] += 1
            if keyword in work.profile.type_2:
                made.add(DataElement(keyword, dictionary_VR(keyword), [] if keyword.endswith("Sequence") else None))
    return made


def _kept(dataset: Dataset, keyword: str, work: Work) -> DataElement | None:
    if keyword == "LUTData":
        return _table(dataset)
    action, element = work.profile.actions[keyword], _element(dataset, keyword)
    if element is None:
        return None
    if action is Action.ITEMS:
        return _items(element, keyword, work)
    if action is Action.EMPTY:
        return DataElement(keyword, dictionary_VR(keyword), [] if keyword.endswith("Sequence") else None)
    values = [_DO[action](keyword, value, work) for value in _values(element.value)]
    if None in values or (action is Action.NUMBER and holds(" ".join(map(str, values)), work.numbers)):
        return None
    return DataElement(keyword, _vr(element, keyword), values if len(values) > 1 else next(iter(values), None))


def _element(dataset: Dataset, keyword: str) -> DataElement | None:
    try:
        return dataset[keyword]
    except UNREADABLE:
        return None  # a value that its type does not allow


def _items(element: DataElement, keyword: str, work: Work) -> DataElement | None:
    """Clean every item; a code that the standard does not know says nothing and goes, and so does its sequence."""
    if element.VR != "SQ":
        return None
    held = work.profile.holds[keyword]
    items = [allowed(item, held, work) for item in element.value]
    if "CodeValue" in held:
        for made, item in zip(items, element.value, strict=True):
            made.update(_code(item, work))
        items = [item for item in items if "CodeValue" in item]
    else:
        items = [item for item in items if len(item)]
    return DataElement(keyword, "SQ", items) if items or not element.value else None


def _code(item: Dataset, work: Work) -> Dataset:
    """Return a code with the meaning that the standard gives it; empty if the standard does not know it."""
    scheme, value = (plain_text(item, keyword) for keyword in ("CodingSchemeDesignator", "CodeValue"))
    if scheme not in (*SCHEMES, *FORMER):
        work.lost["CodingSchemeDesignator"] += 1
        return Dataset()
    meaning = meaning_of(scheme, value)
    if not meaning:
        work.lost["CodeValue"] += 1
        return Dataset()
    return code(value, scheme, meaning)


def plain_text(item: Dataset, keyword: str) -> str:
    """Return the value of an attribute as text; empty if it is absent or cannot be read."""
    element = _element(item, keyword) if keyword in item else None
    return str(element.value).strip() if element is not None else ""


def _table(dataset: Dataset) -> DataElement | None:
    """Keep as many numbers of a look-up table as it says it has, in little endian whatever they were in."""
    element, descriptor = _element(dataset, "LUTData"), _element(dataset, "LUTDescriptor")
    if element is None or descriptor is None or len(_values(descriptor.value)) != 3:
        return None
    entries = int(_values(descriptor.value)[0]) % 2**16 or 2**16  # 0 stands for 65536 (PS3.3 C.11.1.1.1)
    value = element.value
    if isinstance(value, bytes) and len(value) in (entries, entries + 1) and entries > 1:  # of one byte each
        return DataElement("LUTData", "OW", value[:entries] + b"\0" * (entries % 2))
    if isinstance(value, bytes):
        order = ">" if dataset.original_encoding[1] is False else "<"
        value = np.frombuffer(value[: len(value) // 2 * 2], f"{order}u2").tolist()
    numbers = np.asarray(_values(value), "<u2")[:entries]
    return DataElement("LUTData", "OW", numbers.tobytes()) if len(numbers) == entries else None


def _values(value: Any) -> list[Any]:  # noqa: ANN401 (pydicom gives text, numbers, None or lists of them)
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, MultiValue | list) else [value]


def _vr(element: DataElement, keyword: str) -> str:
    possible = dictionary_VR(keyword).split(" or ")
    return element.VR if element.VR in possible else possible[0]


Value = str | int | float | None


def _number(_: str, value: Any, work: Work) -> Value:  # noqa: ANN401
    text = str(value).strip()
    if not _NUMBER.fullmatch(text) or holds(text, work.numbers):
        return None
    if isinstance(value, float) and value and not _LEAST < abs(value) < _MOST:
        return None  # its bytes are more likely text than a quantity
    return value if isinstance(value, int | float) else text


def _time(_: str, value: Any, work: Work) -> Value:  # noqa: ANN401
    text = str(value).strip()
    return _to_milliseconds(text) if re.fullmatch(TIME, text) and not holds_long(text, work.numbers) else None


def _date(_: str, value: Any, work: Work) -> Value:  # noqa: ANN401
    text = str(value).strip()
    moved = moved_back(text, work.days)
    return _to_milliseconds(moved) if moved and not holds_long(text[8:], work.numbers) else None


def _to_milliseconds(moment: str) -> str:
    """Leave no room for a number in the fraction of a second."""
    return re.sub(r"(\.\d{3})\d+", r"\1", moment)


def _uid(_: str, value: Any, work: Work) -> Value:  # noqa: ANN401
    return work.names.uid(str(value).strip("\0 "))


def _serial(_: str, value: Any, work: Work) -> Value:  # noqa: ANN401
    return work.names.serial(str(value).strip())


def _term(keyword: str, value: Any, work: Work) -> Value:  # noqa: ANN401
    text = str(value).strip()
    return work.profile.terms[keyword].get(text.lower()) if text else text


def _words(keyword: str, value: Any, work: Work) -> Value:  # noqa: ANN401
    text = str(value).strip()
    return text if work.profile.has_words(keyword, text) and not holds(re.sub(r"\D", "", text), work.numbers) else None


def _text(keyword: str, value: Any, work: Work) -> Value:  # noqa: ANN401
    text = str(value).strip()
    return text if not text or work.profile.text[keyword].fullmatch(text) else None


_DO: dict[Action, Callable[[str, Any, Work], Value]] = {
    Action.NUMBER: _number,
    Action.TIME: _time,
    Action.DATE: _date,
    Action.UID: _uid,
    Action.SERIAL: _serial,
    Action.TERM: _term,
    Action.WORDS: _words,
    Action.VERSION: _words,
    Action.TEXT: _text,
}
