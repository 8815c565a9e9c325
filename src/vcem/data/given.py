"""The given images of a pair, as stored values or on a grey scale that does not look at the image."""

from pathlib import Path

import numpy as np

from vcem.core.arrays import Grey
from vcem.core.errors import FailureError
from vcem.core.nrrd import Axes, is_nrrd, read_nrrd
from vcem.core.pictures import full_scale, is_picture, read_picture
from vcem.core.terms import Side
from vcem.dicom.read import linear_window, read_dicom, read_spacing, read_values
from vcem.prepare.scale import Scale
from vcem.prepare.stretch import read_window


def stored(path: Path, axes: Axes | None = None, side: Side | None = None) -> Grey:
    """Return the stored values of a picture, a DICOM or an NRRD file, float32, brighter is higher.

    Args:
        path: the image.
        axes: how NRRD files lie.
        side: of which breast; DICOM is turned as its header says.
    """
    if is_nrrd(path):
        return _nrrd(path, axes)
    values = read_values(path, side) if _is_dicom(path) else read_picture(path)
    return values.astype(np.float32)


def fixed(
    path: Path, window: str, values: np.ndarray | None = None, axes: Axes | None = None, side: Side | None = None
) -> Grey:
    """Return grey in [0, 1]: through the window, or for a picture without one through what its type can store.

    DICOM goes through its own rescale and window, as a viewer shows it.

    Args:
        path: the image.
        window: `center/width` of the catalogue, for pictures and NRRD files.
        values: stored values of another image, to be shown exactly as this one.
        axes: how NRRD files lie.
        side: of which breast; DICOM is turned as its header says.

    Raises:
        FailureError: if an NRRD file has no window.
    """
    if is_nrrd(path):
        stretch = read_window(window)
        if stretch is None:
            raise FailureError(f"{path} has no window.", "le_window and des_window in the catalogue")
        low, high = stretch.center - stretch.width / 2, stretch.center + stretch.width / 2
        return np.clip(Scale(low, high).do(_nrrd(path, axes)), 0, 1)
    if _is_dicom(path):
        return read_dicom(path, values, side=side).astype(np.float32)
    pixels = read_picture(path)
    low, high = _ends(pixels, window)
    return np.clip(Scale(low, high).do((pixels if values is None else values).astype(np.float32)), 0, 1)


def ends(path: Path, window: str) -> tuple[float, float]:
    """Return the stored values that `fixed` makes 0 and 1.

    Raises:
        FailureError: if the DICOM file is shown through a curve, which has no such two values.
    """
    return linear_window(path) if _is_dicom(path) else _ends(read_picture(path), window)


def spacing_mm(path: Path) -> float | None:
    """Return the distance of an image's pixels in mm, where its header tells one: DICOM with square pixels."""
    return None if is_nrrd(path) or not _is_dicom(path) else read_spacing(path)


def _nrrd(path: Path, axes: Axes | None) -> Grey:
    if axes is None:
        raise FailureError(f"{path}: how NRRD files lie is not known.", "a catalogue of vcem import cesm-ucbm")
    return read_nrrd(path, axes).astype(np.float32)


def _is_dicom(path: Path) -> bool:
    return not is_picture(path)


def _ends(pixels: np.ndarray, window: str) -> tuple[float, float]:
    stretch = read_window(window)
    if stretch is None:
        return 0.0, float(full_scale(pixels))
    return stretch.center - stretch.width / 2, stretch.center + stretch.width / 2
