"""The given images of a pair, as stored values or on a grey scale that does not look at the image."""

from pathlib import Path

import numpy as np

from vcem.core.arrays import Grey
from vcem.core.pictures import full_scale, is_picture, read_picture
from vcem.dicom.read import linear_window, read_dicom, read_stored
from vcem.prepare.scale import Scale
from vcem.prepare.stretch import read_window


def stored(path: Path) -> Grey:
    """Return the stored values of a picture or a DICOM file, float32."""
    values = read_stored(path) if _is_dicom(path) else read_picture(path)
    return values.astype(np.float32)


def fixed(path: Path, window: str, values: np.ndarray | None = None) -> Grey:
    """Return grey in [0, 1]: through the window, or for a picture without one through what its type can store.

    DICOM goes through its own rescale and window, as a viewer shows it.

    Args:
        path: the image.
        window: `center/width` of the catalogue, for pictures.
        values: stored values of another image, to be shown exactly as this one.
    """
    if _is_dicom(path):
        return read_dicom(path, values).astype(np.float32)
    pixels = read_picture(path)
    low, high = _ends(pixels, window)
    return np.clip(Scale(low, high).do((pixels if values is None else values).astype(np.float32)), 0, 1)


def ends(path: Path, window: str) -> tuple[float, float]:
    """Return the stored values that `fixed` makes 0 and 1.

    Raises:
        FailureError: if the DICOM file is shown through a curve, which has no such two values.
    """
    return linear_window(path) if _is_dicom(path) else _ends(read_picture(path), window)


def _is_dicom(path: Path) -> bool:
    return not is_picture(path)


def _ends(pixels: np.ndarray, window: str) -> tuple[float, float]:
    stretch = read_window(window)
    if stretch is None:
        return 0.0, float(full_scale(pixels))
    return stretch.center - stretch.width / 2, stretch.center + stretch.width / 2
