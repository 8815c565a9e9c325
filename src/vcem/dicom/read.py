"""One DICOM image as grey in [0, 1], as a viewer would first show it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_modality_lut

from vcem.core.arrays import Regridded
from vcem.core.errors import FailureError
from vcem.dicom.unreadable import UNREADABLE

INVERTED = "MONOCHROME1"
READABLE = (INVERTED, "MONOCHROME2")
T = TypeVar("T")


def read_dicom(path: Path, stored: np.ndarray | None = None) -> Regridded:
    """Read one image: modality LUT or rescale, first VOI LUT or window, then [0, 1], brighter is higher.

    Without a window the range of the stored bits becomes [0, 1]. MONOCHROME1 is inverted (PS3.3 C.7.6.3.1.2).

    Args:
        path: the file.
        stored: stored values of another image, to be shown exactly as this file's own.

    Raises:
        FailureError: if the file is no DICOM image, is cut short, has colour or several frames, or a compression that
            is not installed.
    """
    return _read(path, lambda dataset: _grey(dataset, dataset.pixel_array if stored is None else stored))


def read_stored(path: Path) -> np.ndarray:
    """Read the stored values of one image, in their own type; raises as `read_dicom` does."""
    return _read(path, lambda dataset: np.asarray(dataset.pixel_array))


def linear_window(path: Path) -> tuple[float, float]:
    """Return the stored values that `read_dicom` shows as 0 and as 1.

    Raises:
        FailureError: if it shows the file through a table or a curve, or as `read_dicom` does.
    """

    def found(dataset: Dataset) -> tuple[float, float]:
        if (
            "VOILUTSequence" in dataset
            or "ModalityLUTSequence" in dataset
            or dataset.get("VOILUTFunction") == "SIGMOID"
        ):
            raise ValueError("it is shown through a table or a curve, not a straight line")
        zero, thousand = (float(v[0, 0]) for v in (_through(dataset, np.full((1, 1), s)) for s in (0, 1000)))
        slope = (thousand - zero) / 1000
        ends = -zero / slope, (1 - zero) / slope
        return ends[::-1] if dataset.PhotometricInterpretation == INVERTED else ends

    return _read(path, found)


def _read(path: Path, what: Callable[[Dataset], T]) -> T:
    try:
        dataset = pydicom.dcmread(path)
        _refuse_what_is_not_grey(dataset, path)
        return what(dataset)
    except UNREADABLE as error:
        raise FailureError(
            f"{path} cannot be read as a DICOM image: {error}.",
            "a whole DICOM file with one grey image, uncompressed or in a compression pydicom decodes here",
            "copy it again from its source, or decompress it first",
        ) from error


def _refuse_what_is_not_grey(dataset: Dataset, path: Path) -> None:
    if "PixelData" not in dataset:
        raise FailureError(f"{path} is DICOM without pixel data.", "an image")
    photometric = dataset.get("PhotometricInterpretation", "not given")
    if photometric not in READABLE:
        raise FailureError(
            f"{path} holds no grey image: its photometric interpretation is {photometric}.", " or ".join(READABLE)
        )
    if int(dataset.get("NumberOfFrames") or 1) != 1:
        raise FailureError(f"{path} holds {dataset.NumberOfFrames} frames.", "one image a file")


def _grey(dataset: Dataset, stored: np.ndarray) -> Regridded:
    grey = np.clip(_through(dataset, stored), 0, 1)
    return 1 - grey if dataset.PhotometricInterpretation == INVERTED else grey


def _through(dataset: Dataset, stored: np.ndarray) -> np.ndarray:
    """Bring stored values to grey, before it is clipped and inverted."""
    values = np.asarray(apply_modality_lut(stored, dataset), np.float64)
    if dataset.get("VOILUTSequence"):
        return _through_table(values, dataset.VOILUTSequence[0])
    if dataset.get("WindowCenter") is not None:
        return _through_window(dataset, values)
    low, high = _stored_range(dataset)
    return (values - low) / (high - low)


def _through_table(values: np.ndarray, item: Dataset) -> np.ndarray:
    """Look values up in a VOI LUT (PS3.3 C.11.2.1.1); those before and after its ends take the end's value."""
    entries, first, bits = (int(v) for v in item.LUTDescriptor)
    data = item.LUTData
    if isinstance(data, bytes):
        data = np.frombuffer(data, np.uint8 if len(data) == entries else np.uint16)
    place = np.clip(np.round(values) - first, 0, len(data) - 1).astype(np.int64)
    return np.asarray(data, np.float64)[place] / (2**bits - 1)


def _through_window(dataset: Dataset, values: np.ndarray) -> np.ndarray:
    """The window functions of PS3.3 C.11.2.1.2 and C.11.2.1.3, with the first window of several."""
    centre, width = (_first(dataset[name].value) for name in ("WindowCenter", "WindowWidth"))
    function = dataset.get("VOILUTFunction") or "LINEAR"
    if function == "SIGMOID":
        return np.asarray(1 / (1 + np.exp(-4 * (values - centre) / width)))
    if function == "LINEAR_EXACT":
        return (values - centre) / width + 0.5
    if width <= 1:
        return (values > centre - 0.5).astype(np.float64)
    return (values - (centre - 0.5)) / (width - 1) + 0.5


def _first(value: Any) -> float:  # noqa: ANN401 (pydicom gives a number or a list of them)
    return float(value[0] if isinstance(value, MultiValue) else value)


def _stored_range(dataset: Dataset) -> tuple[float, float]:
    """The least and greatest value that the stored bits can hold, rescaled."""
    bits, signed = int(dataset.BitsStored), bool(dataset.PixelRepresentation)
    ends = np.array([-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] if signed else [0, 2**bits - 1])
    low, high = sorted(float(v) for v in apply_modality_lut(ends, dataset))
    return low, high
