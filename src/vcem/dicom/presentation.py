"""Stored values -> grey in [0, 1] as a viewer shows them: modality LUT, VOI LUT, padding, polarity (PS3.3 C.11).

Every transformation here takes one value to one grey, so an image needs it only once for each value that it can hold.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from scipy.special import expit

from vcem.core.arrays import Regridded
from vcem.dicom.stored_values import Layout, layout_of

INVERTED = "MONOCHROME1"
Which = int | str
"""Which of several VOI transformations: its place from 0, tables before windows, or its explanation."""


@dataclass(frozen=True)
class Voi:
    """One view that a header offers; `straight` unless it is a table or a curve."""

    explanation: str
    through: Callable[[np.ndarray], np.ndarray]
    straight: bool


def shown(dataset: Dataset, stored: np.ndarray, which: Which = 0) -> Regridded:
    """Return grey in [0, 1], brighter is higher.

    Raises:
        ValueError: if the header offers no such view, or one with impossible numbers.
    """
    if stored.dtype.kind not in "iu" or stored.dtype.itemsize > 2 or stored.size < 2**16:
        return _shown(dataset, stored, which)
    span = np.iinfo(stored.dtype)
    of_value = _shown(dataset, np.arange(span.min, span.max + 1), which)
    return of_value[stored.astype(np.int32) - span.min]


def straight_line(dataset: Dataset) -> tuple[float, float]:
    """Return the stored values that are shown as 0 and as 1.

    Raises:
        ValueError: if the first view is a table or a curve, or shows padding apart from the line.
    """
    voi = _chosen(dataset, 0)
    if not voi.straight or dataset.get("ModalityLUTSequence"):
        raise ValueError("it is shown through a table or a curve, not a straight line")
    zero, thousand = (float(v) for v in voi.through(_modality(dataset, np.array([0.0, 1000.0]))))
    if zero == thousand:
        raise ValueError("it is shown through a step, not a straight line")
    slope = (thousand - zero) / 1000
    ends = -zero / slope, (1 - zero) / slope
    dark, bright = ends[::-1] if dataset.PhotometricInterpretation == INVERTED else ends
    padding = padding_range(dataset)
    if padding and any((p - dark) / (bright - dark) > 0 for p in padding):
        raise ValueError("its padding is shown apart from the straight line of the other values")
    return dark, bright


def linear_values(dataset: Dataset, stored: np.ndarray) -> Regridded:
    """Return values that are brighter where higher, before any window: stored ones, or those of a Modality LUT.

    They are mirrored where low values are shown bright; padding becomes as dark as the darkest pixel.

    Raises:
        ValueError: if the header is impossible.
    """
    values = _modality(dataset, stored) if dataset.get("ModalityLUTSequence") else stored.astype(np.float64)
    mirror = mirror_of(dataset)
    values = values if mirror is None else mirror - values
    padding = padding_range(dataset)
    if padding:
        padded = (stored >= padding[0]) & (stored <= padding[1])
        values = np.where(padded, values[~padded].min() if not padded.all() else 0.0, values)
    return values


def mirror_of(dataset: Dataset) -> float | None:
    """Return the sum of the least and greatest value, from which values are taken where low ones are shown bright.

    None where high ones are: MONOCHROME1 and a falling rescale each turn that round.
    """
    tables = dataset.get("ModalityLUTSequence")
    falling = not tables and _rescale(dataset)[0] < 0
    if (dataset.get("PhotometricInterpretation") == INVERTED) == falling:
        return None
    return _Table.of(tables[0], layout_of(dataset).ends).top if tables else float(sum(layout_of(dataset).ends))


def padding_range(dataset: Dataset) -> tuple[int, int] | None:
    """Return the least and greatest stored value that is not an image but padding (PS3.3 C.7.5.1.1.2).

    Raises:
        ValueError: if such a value cannot be stored, so that it is not known which pixels are padding.
    """
    value = _first(dataset.get("PixelPaddingValue"))
    if value is None:
        return None
    limit = _first(dataset.get("PixelPaddingRangeLimit"))
    layout = layout_of(dataset)
    ends = sorted(_as_stored(v, layout) for v in (value, value if limit is None else limit))
    low, high = layout.ends
    if ends[0] < low or ends[1] > high:
        raise ValueError(f"Pixel Padding Value {value} does not fit its {layout.stored} bits stored")
    return ends[0], ends[1]


def views(dataset: Dataset) -> list[Voi]:
    """Return what the header offers: tables, then windows, or else the range of the stored bits.

    A table and a window of one name are two ways to say the same curve; of both, the table is exact.
    """
    offered = [*_tables(dataset), *_windows(dataset)]
    return offered or [Voi("", _whole_range(dataset), straight=True)]


def _shown(dataset: Dataset, stored: np.ndarray, which: Which) -> np.ndarray:
    grey = np.clip(_chosen(dataset, which).through(_modality(dataset, stored)), 0, 1)
    if dataset.PhotometricInterpretation == INVERTED:
        grey = 1 - grey
    padding = padding_range(dataset)
    return np.where((stored >= padding[0]) & (stored <= padding[1]), 0.0, grey) if padding else grey


def _chosen(dataset: Dataset, which: Which) -> Voi:
    offered = views(dataset)
    if isinstance(which, int) and 0 <= which < len(offered):
        return offered[which]
    named = [v for v in offered if isinstance(which, str) and v.explanation.lower() == which.lower()]
    if not named:
        names = ", ".join(f"{i} {v.explanation}".strip() for i, v in enumerate(offered))
        raise ValueError(f"there is no window {which!r} but {names}")
    return named[0]


def _modality(dataset: Dataset, stored: np.ndarray) -> np.ndarray:
    tables = dataset.get("ModalityLUTSequence")
    if tables:
        return _Table.of(tables[0], layout_of(dataset).ends).values(np.asarray(stored, np.float64))
    slope, intercept = _rescale(dataset)
    return np.asarray(stored, np.float64) * slope + intercept


def _output_ends(dataset: Dataset) -> tuple[float, float]:
    """Return the least and greatest value that the Modality LUT or rescale can give."""
    tables, ends = dataset.get("ModalityLUTSequence"), layout_of(dataset).ends
    found = _Table.of(tables[0], ends).data if tables else _modality(dataset, np.array(ends))
    return float(found.min()), float(found.max())


def _rescale(dataset: Dataset) -> tuple[float, float]:
    slope, intercept = _first(dataset.get("RescaleSlope")), _first(dataset.get("RescaleIntercept"))
    slope, intercept = 1.0 if slope is None else float(slope), 0.0 if intercept is None else float(intercept)
    if not np.isfinite(slope * 2**32 + intercept) or slope == 0:
        raise ValueError(f"rescale slope {slope} and intercept {intercept} are impossible")
    return slope, intercept


def _tables(dataset: Dataset) -> Iterator[Voi]:
    for item in dataset.get("VOILUTSequence") or []:
        yield Voi(str(item.get("LUTExplanation") or ""), _table(item, dataset), straight=False)


def _table(item: Dataset, dataset: Dataset) -> Callable[[np.ndarray], np.ndarray]:
    def through(values: np.ndarray) -> np.ndarray:
        table = _Table.of(item, _output_ends(dataset))
        return table.values(values) / table.top

    return through


def _windows(dataset: Dataset) -> Iterator[Voi]:
    function = str(dataset.get("VOILUTFunction") or "LINEAR")
    centres, widths, names = (
        _several(dataset.get(k)) for k in ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation")
    )
    for centre, width, name in zip_longest(centres, widths, names[: len(centres)]):
        if centre is not None and width is not None:
            yield Voi(str(name or ""), _window(function, float(centre), float(width)), straight=function != "SIGMOID")


def _window(function: str, centre: float, width: float) -> Callable[[np.ndarray], np.ndarray]:
    """The window functions of PS3.3 C.11.2.1.2 and C.11.2.1.3, before they are clipped."""

    def through(values: np.ndarray) -> np.ndarray:
        if not np.isfinite(centre) or not 0 < width < 2.0**40 or abs(centre) > 2.0**40:
            raise ValueError(f"window centre {centre} and width {width} are impossible")
        if function == "SIGMOID":
            return np.asarray(expit(4 * (values - centre) / width))
        if function == "LINEAR_EXACT":
            return (values - centre) / width + 0.5
        if function != "LINEAR":
            raise ValueError(f"VOI LUT Function {function} is not one of the standard's")
        if width <= 1:
            return (values > centre - 0.5).astype(np.float64)
        return (values - (centre - 0.5)) / (width - 1) + 0.5

    return through


def _whole_range(dataset: Dataset) -> Callable[[np.ndarray], np.ndarray]:
    """The least and greatest value that the stored bits can hold, rescaled, become 0 and 1."""

    def through(values: np.ndarray) -> np.ndarray:
        low, high = sorted(float(v) for v in _modality(dataset, np.array(layout_of(dataset).ends)))
        if low == high:
            raise ValueError("all stored values are shown as one grey")
        return (values - low) / (high - low)

    return through


@dataclass(frozen=True)
class _Table:
    """A look-up table (PS3.3 C.11.1.1.1, C.11.2.1.1): values before and after its ends take the end's value."""

    first: int
    data: np.ndarray
    top: float

    @classmethod
    def of(cls, item: Dataset, given: tuple[float, float]) -> "_Table":
        """Read a table; `given` is the range of the values that are looked up in it."""
        entries, first, bits = (int(v) for v in item.LUTDescriptor)
        entries = entries % 2**16 or 2**16  # 0 stands for 65536
        data = _table_data(item, entries)
        if not 8 <= bits <= 16 or len(data) < entries:
            raise ValueError(f"a table of {len(data)} entries with {bits} bits is said to have {entries}")
        held = int(data[:entries].max()).bit_length()
        if 8 < bits > held + 1:  # nothing in it reaches a quarter of white
            raise ValueError(f"a table is said to have {bits} bits and holds {held}, at most {2**held / 2**bits:.0%}")
        # where what is looked up can be negative, the first value is signed, whatever it was written as (C.11.2.1.1)
        first = first - 2**16 if given[0] < 0 and first >= 2**15 else first
        if first > given[1] or first + entries - 1 < given[0]:
            raise ValueError(
                f"a table of {first} to {first + entries - 1} lies beside all values, {given[0]:g} to {given[1]:g}"
            )
        # some tables hold more than their bits; shown by their bits all of that would be white
        return cls(first, data[:entries], float(2 ** max(bits, held) - 1))

    def values(self, values: np.ndarray) -> np.ndarray:
        place = np.clip(np.round(values) - self.first, 0, len(self.data) - 1)
        return self.data[place.astype(np.int64)].astype(np.float64)


def _table_data(item: Dataset, entries: int) -> np.ndarray:
    data = item.LUTData
    if not isinstance(data, bytes):
        return np.asarray(_several(data), np.int64) & 0xFFFF
    if len(data) in (entries, entries + 1) and entries > 1:
        return np.frombuffer(data, np.uint8)
    order = ">" if item.original_encoding[1] is False else "<"
    return np.frombuffer(data[: len(data) // 2 * 2], f"{order}u2")


def _as_stored(value: Any, layout: Layout) -> int:  # noqa: ANN401 (pydicom gives what the file holds)
    """Padding is of 16 bits, and may be written as unsigned where pixels are signed or the other way round."""
    word = int(value) & 0xFFFF
    return word - 2**16 if layout.signed and word >> 15 else word


def _first(value: Any) -> Any:  # noqa: ANN401 (pydicom gives a number or a list of them)
    return next(iter(_several(value)), None)


def _several(value: Any) -> list[Any]:  # noqa: ANN401
    if value is None or value == "":
        return []
    several: Iterable[Any] = value if isinstance(value, MultiValue | list | tuple) else [value]
    return [None if v == "" else v for v in several]
