"""Pixel data with nothing in it but pixels: no overlay in unused bits, no text in the stream or beside it.

Lossless images are decoded and written anew. A lossy stream is taken apart and put together from what its picture
needs, bit for bit; where a part of it is not known, or could hide text, its decoded picture is written anew instead.
"""

from collections.abc import Callable

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from vcem.core.errors import FailureError
from vcem.dicom.codecs import LOSSY, declared, decode
from vcem.dicom.stored_values import layout_of, stored_values
from vcem.dicom.streams import UnknownPartError, coded, holds_text, picture_part, rle_picture

LEAST_TEXT = 4  # bytes that a stream may lose at its end without a change of the picture; more of them could be words
Encode = Callable[[np.ndarray, int], bytes]


def _jpeg(values: np.ndarray, bits: int) -> bytes:
    return bytes(imagecodecs.jpeg8_encode(_words(values, bits), lossless=True, predictor=1, bitspersample=bits))


def _jpeg_ls(values: np.ndarray, bits: int) -> bytes:
    return bytes(imagecodecs.jpegls_encode(_words(values, bits)))


def _jpeg_2000(values: np.ndarray, bits: int) -> bytes:
    made = imagecodecs.jpeg2k_encode(values, level=0, codecformat="j2k", reversible=True, bitspersample=bits)
    return bytes(made)


# what an image of each compression is written in; all others become explicit little endian
WRITTEN_AS: dict[str, tuple[UID, Encode]] = {
    JPEGLossless: (JPEGLosslessSV1, _jpeg),
    JPEGLosslessSV1: (JPEGLosslessSV1, _jpeg),
    JPEGLSLossless: (JPEGLSLossless, _jpeg_ls),
    JPEG2000Lossless: (JPEG2000Lossless, _jpeg_2000),
    HTJ2KLossless: (JPEG2000Lossless, _jpeg_2000),
    HTJ2KLosslessRPCL: (JPEG2000Lossless, _jpeg_2000),
}


def only_pixels(dataset: Dataset) -> tuple[bytes, UID]:
    """Return the pixel data of an image, and the transfer syntax that they are in now.

    The stored bits lie at the low end of their words: High Bit must become Bits Stored - 1.

    Raises:
        FailureError: if they cannot be decoded, or may hold an overlay that cannot be told from the picture.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        if not syntax.is_encapsulated:
            _cut_behind_the_last(dataset)
        if syntax == RLELossless:
            _cut_gaps(dataset)
        values, bits = stored_values(dataset), layout_of(dataset).stored
        kept = _kept_stream(dataset) if syntax in LOSSY else None
    except (ValueError, RuntimeError) as error:  # what it says may be a value of the header
        raise FailureError("the pixel data cannot be decoded, or are not those that the header describes") from error
    if kept is not None:
        return encapsulate([_even(kept)]), syntax
    plain = _even(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return _compressed(values, bits, syntax) or (plain, ExplicitVRLittleEndian)


def _cut_behind_the_last(dataset: Dataset) -> None:
    layout, element = layout_of(dataset), dataset["PixelData"]
    size = layout.rows * layout.columns * layout.octets
    if len(element.value) < size:
        raise FailureError("there are fewer bytes of pixel data than pixels")
    element.value = element.value[: size + size % 2]  # words of two bytes are swapped whole


def _cut_gaps(dataset: Dataset) -> None:
    layout = layout_of(dataset)
    dataset["PixelData"].value = encapsulate([rle_picture(_stream(dataset), layout.rows * layout.columns)])


def _stream(dataset: Dataset) -> bytes:
    return next(iter(generate_frames(dataset.PixelData, number_of_frames=1)))


def _compressed(values: np.ndarray, bits: int, syntax: UID) -> tuple[bytes, UID] | None:
    """Compress without loss where the source was; nothing if that does not give back the same values."""
    if syntax not in WRITTEN_AS:
        return None
    written, encode = WRITTEN_AS[syntax]
    try:
        stream = picture_part(encode(values, bits), written)
        same = np.array_equal(decode(stream, written).astype(values.dtype), _as_decoded(values, bits, written))
    except (ValueError, RuntimeError):
        return None
    return (encapsulate([_even(stream)]), written) if same else None


def _as_decoded(values: np.ndarray, bits: int, syntax: UID) -> np.ndarray:
    return values if syntax == JPEG2000Lossless else _words(values, bits).astype(values.dtype)


def _words(values: np.ndarray, bits: int) -> np.ndarray:
    """Return the stored bits as they lie in their words: signs as two's complement (PS3.5 8.2)."""
    return values.view(values.dtype.str.replace("i", "u")) & (2**bits - 1)


def _kept_stream(dataset: Dataset) -> bytes | None:
    """Return a lossy stream with nothing but its picture, or nothing if that cannot be told."""
    syntax = dataset.file_meta.TransferSyntaxUID
    stream, layout = _stream(dataset), layout_of(dataset)
    decoded = decode(stream, syntax)
    least, most = layout.ends
    if declared(stream, syntax).bits > layout.stored and (decoded.min() < least or decoded.max() > most):
        raise FailureError("the lossy pixel data have values above Bits Stored: an overlay may be in them")
    try:
        kept = picture_part(stream, syntax)
    except UnknownPartError:
        return None
    begin, end = coded(kept, syntax)
    fits = _same(kept, syntax, decoded) and not holds_text(kept[begin:end])
    return kept if fits and not _has_room(kept, end, syntax, decoded) else None


def _has_room(stream: bytes, end: int, syntax: UID, decoded: np.ndarray) -> bool:
    """Tell whether the last coded bytes are nothing to the picture; decoders pass over words behind its last pixel."""
    others = (stream[: end - LEAST_TEXT] + fill * LEAST_TEXT + stream[end:] for fill in (b"\0", b"\x55"))
    return all(_same(other, syntax, decoded) for other in others)


def _same(stream: bytes, syntax: UID, decoded: np.ndarray) -> bool:
    try:
        return np.array_equal(decode(stream, syntax), decoded)
    except (ValueError, RuntimeError):
        return False


def _even(content: bytes) -> bytes:
    return content + b"\0" * (len(content) % 2)
