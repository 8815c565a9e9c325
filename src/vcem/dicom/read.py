"""One DICOM image as grey in [0, 1], as a viewer would first show it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from vcem.core.arrays import Regridded
from vcem.core.errors import FailureError
from vcem.core.files import sha256_bytes
from vcem.core.terms import Side
from vcem.dicom.damage import header_of, told, whole_of
from vcem.dicom.orientation import directions_of, turn_of
from vcem.dicom.presentation import INVERTED, Which, linear_values, shown, straight_line
from vcem.dicom.stored_values import stored_values

READABLE = (INVERTED, "MONOCHROME2")
RAW = "FOR PROCESSING"
RAW_CLASS = "1.2.840.10008.5.1.4.1.1.1.2.1"  # Digital Mammography X-Ray Image Storage - For Processing
SQUARE_WITHIN = 0.01
T = TypeVar("T")


def read_dicom(path: Path, stored: np.ndarray | None = None, which: Which = 0, side: Side | None = None) -> Regridded:
    """Read one image: modality LUT or rescale, VOI LUT or window, then [0, 1], brighter is higher, padding 0.

    Without a window the range of the stored bits becomes [0, 1]. MONOCHROME1 is inverted (PS3.3 C.7.6.3.1.2).

    Args:
        path: the file.
        stored: stored values of another image, to be shown exactly as this file's own.
        which: which table or window, by its place from 0 (tables first) or its explanation, such as "HARDER".
        side: turn the image as Patient Orientation says, so that this breast lies as all do (`dicom/orientation`).

    Raises:
        FailureError: if the file is not a DICOM image, is damaged, raw (For Processing), has colour or several frames,
            a compression that is not decoded here, no such window, or an orientation that contradicts the side.
    """

    def grey_of(dataset: Dataset) -> Regridded:
        _refuse_raw(dataset, path)
        grey = shown(dataset, stored_values(dataset) if stored is None else stored, which)
        return _upright(grey, dataset, side)

    return _read(path, grey_of)


def read_values(path: Path, side: Side | None = None) -> Regridded:
    """Read the values that a window of the catalogue clips: brighter is higher, padding as dark as the darkest pixel.

    They are the stored values, mirrored where low ones are bright, or those after a Modality LUT. Raises as
    `read_dicom` does.
    """
    return _read(path, lambda dataset: _upright(linear_values(dataset, stored_values(dataset)), dataset, side))


def read_stored(path: Path) -> np.ndarray:
    """Read the stored values of one image, in their own type; raises as `read_dicom` does, but raw images pass."""
    return _read(path, lambda dataset: np.asarray(stored_values(dataset)))


def pixel_digest(path: Path) -> str:
    """Return a check sum of the stored values, the same in every lossless compression; raises as `read_stored`."""
    stored = read_stored(path)
    return sha256_bytes(f"{stored.shape}".encode() + np.ascontiguousarray(stored, "<i4").tobytes())


def linear_window(path: Path) -> tuple[float, float]:
    """Return the stored values that `read_dicom` shows as 0 and as 1.

    Raises:
        FailureError: if it shows the file through a table or a curve, or as `read_dicom` does.
    """
    return _read(path, straight_line)


def read_spacing(path: Path) -> float | None:
    """Return Imager Pixel Spacing (0018,1164) in mm; None where it is not given or pixels are not square."""
    spacing = header_of(path).get("ImagerPixelSpacing")
    with told(path):
        sides = [float(side) for side in spacing] if isinstance(spacing, MultiValue) else []
    square = len(sides) == 2 and min(sides) > 0 and abs(sides[0] / sides[1] - 1) <= SQUARE_WITHIN
    return sides[0] if square else None


def _read(path: Path, what: Callable[[Dataset], T]) -> T:
    with told(
        path,
        "cannot be read as a DICOM image",
        "a whole DICOM file with one grey image, uncompressed or in RLE, JPEG, JPEG-LS or JPEG 2000",
    ):
        dataset = whole_of(path)
        _refuse_what_is_not_grey(dataset, path)
        return what(dataset)


def _upright(image: np.ndarray, dataset: Dataset, side: Side | None) -> np.ndarray:
    return image if side is None else turn_of(directions_of(dataset), side).do(image)


def _refuse_what_is_not_grey(dataset: Dataset, path: Path) -> None:
    if "PixelData" not in dataset:
        raise FailureError(
            f"{path} is DICOM without pixel data, or was cut short.", "an image", "copy it again from its source"
        )
    photometric = dataset.get("PhotometricInterpretation", "not given")
    if photometric not in READABLE:
        raise FailureError(
            f"{path} holds no grey image: its photometric interpretation is {photometric}.", " or ".join(READABLE)
        )
    if int(dataset.get("NumberOfFrames") or 1) != 1:
        raise FailureError(f"{path} holds {dataset.NumberOfFrames} frames.", "one image per file")


def _refuse_raw(dataset: Dataset, path: Path) -> None:
    if dataset.get("PresentationIntentType") == RAW or dataset.get("SOPClassUID") == RAW_CLASS:
        raise FailureError(
            f"{path} is For Processing: raw values of the detector, which no radiologist reads.",
            "the image For Presentation of the same exposure",
            "export that one too",
        )
