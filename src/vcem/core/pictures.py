"""Grey pictures on disk: PNG and JPEG in, 8- or 16-bit PNG out."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int32, UInt8, UInt16
from PIL import Image, UnidentifiedImageError

from vcem.core.arrays import Grey
from vcem.core.errors import FailureError
from vcem.core.files import write_bytes

ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
Pixels = UInt8[np.ndarray, "h w"] | UInt16[np.ndarray, "h w"]
Samples = Pixels | Int32[np.ndarray, "h w"] | Float32[np.ndarray, "h w"]
_PHOTOMETRIC, _FORMAT, _SIGNED = 262, 339, 2  # tags of TIFF 6.0, and a sample format


def is_picture(path: Path) -> bool:
    """Return whether a file is a picture by its ending; DICOM files have any ending or none."""
    return path.suffix.lower() in ENDINGS


def read_picture(path: Path) -> Pixels:
    """Read a picture as stored: 8 or 16 bit, colour turned into grey.

    Raises:
        FailureError: if the file is missing, cut short, no picture, or holds values of another kind.
    """
    values = _opened(path, lambda picture: _values(picture, path, exact=False))
    if values.dtype not in (np.uint8, np.uint16):
        raise FailureError(f"{path} holds {values.dtype} values.", "a grey picture of 8 or 16 bits",
                           "save it anew as PNG of 16 bits")  # fmt: skip
    return values


def read_samples(path: Path) -> Samples:
    """Read the very values of a grey picture, of whatever type it stores; nothing is rounded, cut or mixed.

    Raises:
        FailureError: as `read_picture`, and if it has colours or is not opaque.
    """
    return _opened(path, lambda picture: _values(picture, path, exact=True))


def _opened(path: Path, what: Callable[[Image.Image], np.ndarray]) -> np.ndarray:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                return what(picture)
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


def _values(picture: Image.Image, path: Path, exact: bool) -> np.ndarray:
    if why := _changed_by_reading(picture):
        raise FailureError(f"{path} holds {why}.", "one grey picture of 8 or 16 bits", "save it anew as PNG")
    if picture.mode.startswith("I;16"):
        return np.asarray(picture).astype(np.uint16)
    if picture.mode in ("L", "I", "F"):
        values = np.asarray(picture)
        if picture.mode == "I" and _tag(picture, _FORMAT, 1) != _SIGNED and values.min() < 0:
            raise FailureError(f"{path} holds values above {2**31 - 1}.", "smaller ones", "save it anew as NPY")
        return values
    if exact and not _is_grey(picture):
        raise FailureError(f"{path} has colours or is not opaque.", "a grey picture", "choose one of its channels")
    return np.asarray(picture.convert("L"))


def _changed_by_reading(picture: Image.Image) -> str:
    """Return which values Pillow gives otherwise than they are stored, empty if none."""
    if getattr(picture, "n_frames", 1) != 1 and picture.format != "MPO":  # a camera's preview
        return f"{getattr(picture, 'n_frames', 1)} pictures"
    if picture.mode in ("RGB", "RGBA", "LA") and any(";16" in str(tile[-1]) for tile in getattr(picture, "tile", ())):
        return "colours of 16 bits"
    if picture.mode not in ("L", "1") and _tag(picture, _PHOTOMETRIC, 1) == 0:
        return f"{picture.mode} values of which 0 is white"
    return "signed values of 8 bits" if picture.mode == "L" and _tag(picture, _FORMAT, 1) == _SIGNED else ""


def _tag(picture: Image.Image, number: int, default: int) -> int:
    found = getattr(picture, "tag_v2", {}).get(number, default)
    return int(found[0] if isinstance(found, tuple) else found)


def _is_grey(picture: Image.Image) -> bool:
    if picture.mode == "1":
        return True
    channels = np.asarray(picture.convert("RGBA"))
    return bool((channels[..., :3] == channels[..., :1]).all() and (channels[..., 3] == 255).all())


def full_scale(pixels: Pixels) -> int:
    """Return the greatest value that the pixels' type can store: 255 or 65535."""
    return int(np.iinfo(pixels.dtype).max)


def write_png(path: Path, grey: Grey, bits: int = 8) -> None:
    """Write an image in [0, 1] (clipped) as an 8- or 16-bit PNG, whole or not at all."""
    top = 2**bits - 1
    stored = np.round(np.clip(grey, 0, 1) * top).astype(np.uint8 if bits == 8 else np.uint16)
    write_bytes(path, png_of(Image.fromarray(stored)))


def png_of(picture: Image.Image, optimize: bool = False) -> bytes:
    """Return a picture as the bytes of a PNG file."""
    content = io.BytesIO()
    picture.save(content, "PNG", optimize=optimize)
    return content.getvalue()
