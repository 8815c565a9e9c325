"""Any image file as grey values with a stated range: PNG, JPEG, NPY, DICOM."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcem.core.arrays import Grey, Mask, Regridded
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_array
from vcem.core.pictures import full_scale, read_samples
from vcem.dicom.read import read_dicom

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")


@dataclass(frozen=True)
class Pixels:
    """Grey values and how they came about, in words; `kind` is the stored type where that is of floats."""

    grey: Grey
    scale: str
    kind: np.dtype | None = None

    def rounded_as(self, other: "Pixels") -> Grey:
        """Return grey as exact as the coarser of two types of floats: what one cannot hold is not a difference."""
        kinds = [kind for kind in (self.kind, other.kind) if kind is not None]
        if len(kinds) < 2:
            return self.grey
        return self.grey.astype(min(kinds, key=lambda kind: kind.itemsize)).astype(np.float64)


def read_pixels(path: Path, data_range: float | None = None) -> Pixels:
    """Read an image; values are divided by `data_range`, integers of 8 and 16 bits else by what their type can hold.

    DICOM comes through its own rescale and window. Floats are divided only by a given range.

    Raises:
        UsageError: if the file is missing, or no range was given and floats leave [0, 1], or integers are signed or of
            more bits, of which no image uses all.
        FailureError: if it is damaged or no grey image.
    """
    if not path.is_file():
        raise UsageError(f"{path} is not a file.", "a PNG, JPEG, NPY or DICOM image")
    if path.suffix.lower() in PICTURES:
        return _divided(read_samples(path), data_range, path)
    if path.suffix.lower() == ".npy":
        return _divided(_plane(np.array(read_array(path)), path), data_range, path)
    if data_range is not None:
        raise UsageError(f"{path} is DICOM, which brings its own window.", "--data-range with PNG, JPEG and NPY only")
    return Pixels(read_dicom(path), "DICOM rescale and window to [0, 1]")


def read_mask(path: Path, shape: tuple[int, ...]) -> Mask:
    """Read a mask: whatever is not 0 is inside.

    Raises:
        UsageError: if it has another size than the images.
    """
    if path.suffix.lower() == ".npy":
        mask = _finite(_plane(np.array(read_array(path)), path), path) != 0
    else:
        mask = (read_samples(path) if path.suffix.lower() in PICTURES else read_pixels(path).grey) != 0
    if mask.shape != shape:
        raise UsageError(f"The mask {path} has {_size(mask.shape)}, the images {_size(shape)}.", "one size for all")
    return mask


def same_size(truth: Grey, prediction: Regridded) -> None:
    """Refuse images of two sizes.

    Raises:
        UsageError: if the shapes differ.
    """
    if truth.shape != prediction.shape:
        raise UsageError(
            f"The truth has {_size(truth.shape)}, the prediction {_size(prediction.shape)}.",
            "two images of one size",
            "bring one onto the other's rows and columns first; the command does not resize what it scores",
        )


def _divided(stored: np.ndarray, data_range: float | None, path: Path) -> Pixels:
    told = stored.dtype.kind == "u" and stored.dtype.itemsize <= 2
    if data_range is None and stored.dtype.kind in "iu" and not told:
        raise UsageError(
            f"{path} holds {stored.dtype} values from {stored.min()} to {stored.max()}.",
            "the range of their scale, which this type does not say",
            "add --data-range, such as --data-range 4095",
        )
    if stored.dtype.kind in "iu":
        top = data_range or full_scale(stored)
        return Pixels(stored / np.float64(top), f"{stored.dtype} / {top:g}")
    grey = _finite(stored, path).astype(np.float64)
    if data_range is None and (grey.min() < 0 or grey.max() > 1):
        raise UsageError(
            f"{path} holds floats from {grey.min():.4g} to {grey.max():.4g}.",
            "grey values in [0, 1], or the range of their scale",
            "add --data-range, such as --data-range 255",
        )
    return Pixels(
        grey / (data_range or 1),
        f"{stored.dtype} / {data_range or 1:g}",
        stored.dtype if stored.dtype.kind == "f" else None,
    )


def _finite(array: np.ndarray, path: Path) -> np.ndarray:
    if not np.isfinite(array).all():
        raise FailureError(f"{path} holds values that are not finite.", "finite grey values")
    return array


def _plane(array: np.ndarray, path: Path) -> np.ndarray:
    plane = array.squeeze()
    if plane.ndim != 2 or plane.dtype.kind not in "biuf" or not plane.size:
        raise FailureError(f"{path} holds {array.dtype} of shape {array.shape}.", "one image, rows x columns")
    return plane


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} x {shape[1]} pixels"
