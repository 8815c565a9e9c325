"""Grey pictures on disk: PNG and JPEG in, 8- or 16-bit PNG out."""

import io
import warnings
from pathlib import Path

import numpy as np
from jaxtyping import UInt8, UInt16
from PIL import Image, UnidentifiedImageError

from vcem.core.arrays import Grey
from vcem.core.errors import FailureError
from vcem.core.files import write_bytes

ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
Pixels = UInt8[np.ndarray, "h w"] | UInt16[np.ndarray, "h w"]


def is_picture(path: Path) -> bool:
    """Return whether a file is a picture by its ending; DICOM files have any ending or none."""
    return path.suffix.lower() in ENDINGS


def read_picture(path: Path) -> Pixels:
    """Read a picture as stored: 8 or 16 bit, colour turned into grey.

    Raises:
        FailureError: if the file is missing, cut short or no picture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                return _grey(picture)
    except (
        OSError,
        UnidentifiedImageError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ) as error:
        raise FailureError(
            f"{path} cannot be read as a picture: {error}.", "a whole PNG or JPEG file", "copy it again from its source"
        ) from error


def _grey(picture: Image.Image) -> Pixels:
    if picture.mode in ("I;16", "I;16B", "I"):
        return np.asarray(picture).astype(np.uint16)
    return np.asarray(picture if picture.mode == "L" else picture.convert("L"))


def full_scale(pixels: Pixels) -> int:
    """Return the greatest value that the pixels' type can store: 255 or 65535."""
    return int(np.iinfo(pixels.dtype).max)


def write_png(path: Path, grey: Grey, bits: int = 8) -> None:
    """Write an image in [0, 1] (clipped) as an 8- or 16-bit PNG, whole or not at all."""
    top = 2**bits - 1
    stored = np.round(np.clip(grey, 0, 1) * top).astype(np.uint8 if bits == 8 else np.uint16)
    content = io.BytesIO()
    Image.fromarray(stored).save(content, "PNG")
    write_bytes(path, content.getvalue())
