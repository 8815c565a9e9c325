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

from vcem.dicom.dates import moved_back
from vcem.dicom.profile import Action, Profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.unreadable import UNREADABLE

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?")


@dataclass
class Work:
    """What the rules need while they are applied; `lost` counts values that broke their rule."""

    profile: Profile
    names: Pseudonyms
    days: int
    lost: Counter[str] = field(default_factory=Counter)


def allowed(dataset: Dataset, keywords: Iterable[str], work: Work) -> Dataset:
    """Return a new object with those attributes whose values keep their rules."""
    made = Dataset()
    for keyword in keywords:
        if keyword not in dataset:
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
    if None in values:
        return None
    return DataElement(keyword, _vr(element, keyword), values if len(values) > 1 else next(iter(values), None))


def _element(dataset: Dataset, keyword: str) -> DataElement | None:
    try:
        return dataset[keyword]
    except UNREADABLE:
        return None  # a value that its type does not allow


def _items(element: DataElement, keyword: str, work: Work) -> DataElement | None:
    """Clean every item; a code that lost its value or its scheme says nothing and goes, and so does its sequence."""
    if element.VR != "SQ":
        return None
    items = [allowed(item, work.profile.holds[keyword], work) for item in element.value]
    if "CodeValue" in work.profile.holds[keyword]:
        items = [item for item in items if item.get("CodeValue") and item.get("CodingSchemeDesignator")]
    else:
        items = [item for item in items if len(item)]
    return DataElement(keyword, "SQ", items) if items or not element.value else None


def _table(dataset: Dataset) -> DataElement | None:
    """Keep the numbers of a look-up table, in little endian whatever they were in."""
    element = _element(dataset, "LUTData")
    if element is None:
        return None
    value = element.value
    if isinstance(value, bytes):
        order = ">" if dataset.original_encoding[1] is False else "<"
        value = np.frombuffer(value[: len(value) // 2 * 2], f"{order}u2").tolist()
    return DataElement("LUTData", "OW", np.asarray(_values(value), "<u2").tobytes())


def _values(value: Any) -> list[Any]:  # noqa: ANN401 (pydicom gives text, numbers, None or lists of them)
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, MultiValue | list) else [value]


def _vr(element: DataElement, keyword: str) -> str:
    possible = dictionary_VR(keyword).split(" or ")
    return element.VR if element.VR in possible else possible[0]


Value = str | int | float | None


def _number(_: str, value: Any, __: Work) -> Value:  # noqa: ANN401
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        return None
    return value if isinstance(value, int | float) else text


def _time(_: str, value: Any, __: Work) -> Value:  # noqa: ANN401
    return text if _TIME.fullmatch(text := str(value).strip()) else None


def _date(_: str, value: Any, work: Work) -> Value:  # noqa: ANN401
    return moved_back(str(value), work.days) or None


def _uid(_: str, value: Any, work: Work) -> Value:  # noqa: ANN401
    return work.names.uid(str(value).strip("\0 "))


def _serial(_: str, value: Any, work: Work) -> Value:  # noqa: ANN401
    return work.names.serial(str(value).strip())


def _term(keyword: str, value: Any, work: Work) -> Value:  # noqa: ANN401
    text = str(value).strip()
    return text if not text or text in work.profile.terms[keyword] else None


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
    Action.TEXT: _text,
}
