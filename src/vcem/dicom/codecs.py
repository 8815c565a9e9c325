"""The compressions of hospital archives: what a code stream says of itself, and its samples.

The size is read from the stream before anything is decoded, so that a stream which lies about it takes no memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import imagecodecs
import numpy as np
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from vcem.dicom.streams import CODESTREAM, MOST_BOXES, jpeg_end

# SOF markers (ITU-T T.81 table B.1, T.87 C.1.1) of baseline, extended, lossless and JPEG-LS, with the least bits that a
# sample can take: one, two for a block of 64, none in a run
_FRAMES = {0xC0: 2 / 64, 0xC1: 2 / 64, 0xC3: 1, 0xF7: 0}
_OTHER_FRAMES = set(range(0xC0, 0xD0)) - set(_FRAMES) - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD8)}
_MOST_TILES = 2**14

DECODERS: dict[str, Callable[[bytes], np.ndarray]] = {
    JPEGBaseline8Bit: imagecodecs.jpeg8_decode,
    JPEGExtended12Bit: imagecodecs.jpeg8_decode,
    JPEGLossless: imagecodecs.jpeg8_decode,
    JPEGLosslessSV1: imagecodecs.jpeg8_decode,
    JPEGLSLossless: imagecodecs.jpegls_decode,
    JPEGLSNearLossless: imagecodecs.jpegls_decode,
    JPEG2000Lossless: imagecodecs.jpeg2k_decode,
    JPEG2000: imagecodecs.jpeg2k_decode,
    HTJ2KLossless: imagecodecs.jpeg2k_decode,
    HTJ2KLosslessRPCL: imagecodecs.jpeg2k_decode,
    HTJ2K: imagecodecs.jpeg2k_decode,
}
ENCODERS: dict[str, tuple[UID, Callable[..., bytes | bytearray]]] = {
    "JPEG of 8 bits": (JPEGBaseline8Bit, imagecodecs.jpeg8_encode),
    "JPEG of 12 bits": (JPEGExtended12Bit, partial(imagecodecs.jpeg8_encode, bitspersample=12)),
    "JPEG lossless": (JPEGLosslessSV1, partial(imagecodecs.jpeg8_encode, lossless=True, predictor=1)),
    "JPEG-LS": (JPEGLSLossless, imagecodecs.jpegls_encode),
    "JPEG 2000": (JPEG2000Lossless, partial(imagecodecs.jpeg2k_encode, codecformat="j2k", reversible=True)),
    "HTJ2K": (HTJ2KLossless, partial(imagecodecs.htj2k_encode, reversible=True)),
}
"""One way to write each kind of code stream, to try what reads it."""
LOSSY = frozenset({JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless, JPEG2000, HTJ2K})


@dataclass(frozen=True)
class Frame:
    """What a code stream says that it holds; `bits` is its precision."""

    rows: int
    columns: int
    components: int
    bits: int


def declared(stream: bytes, syntax: UID) -> Frame:
    """Read the head of a code stream.

    Raises:
        ValueError: if it is none of this transfer syntax.
    """
    return _j2k_frame(stream) if syntax in JPEG2000TransferSyntaxes else _jpeg_frame(stream)


def decode(stream: bytes, syntax: UID) -> np.ndarray:
    """Return the samples of a code stream, in the least integer type that holds them.

    Raises:
        RuntimeError, ValueError: if it is damaged.
    """
    return np.asarray(DECODERS[syntax](stream))


def tried() -> dict[str, str]:
    """Return for each kind of compression why it is not read here, "" where a small image comes back as it was."""
    found = {kind: _fault(partial(_there_and_back, *way)) for kind, way in ENCODERS.items()}
    return found | {"RLE": _fault(_rle_there_and_back)}


def _fault(trial: Callable[[], bool]) -> str:
    try:
        return "" if trial() else "another image comes back"
    except Exception as error:  # a library that does not load raises what it likes
        return f"{type(error).__name__}: {error}"


def _there_and_back(syntax: UID, encode: Callable[..., bytes | bytearray]) -> bool:
    ramp = np.arange(0, 256, dtype=np.uint8).reshape(16, 16)
    image = ramp if syntax == JPEGBaseline8Bit else ramp.astype(np.uint16) * 16
    apart = np.abs(decode(bytes(encode(image)), syntax).astype(np.int64) - image).max()
    return bool(apart <= (0.02 * image.max() if syntax in LOSSY else 0))


def _rle_there_and_back() -> bool:
    image = np.arange(128, dtype=np.uint8).reshape(8, 16)
    head = b"".join(n.to_bytes(4, "little") for n in (1, 64, *[0] * 14))
    return np.array_equal(decode_rle(head + bytes([127]) + image.tobytes(), 8, 16, 1), image)  # one run of 128 as it is


def decode_rle(stream: bytes, rows: int, columns: int, octets: int) -> np.ndarray:
    """Return the samples of one run-length coded frame (PS3.5 annex G), little endian; more of them is an error.

    Raises:
        RuntimeError, ValueError: if it is damaged or holds another number of samples.
    """
    size = rows * columns * octets
    if len(stream) < 64 or int.from_bytes(stream[:4], "little") != octets:
        raise ValueError(f"the run-length code has not {octets} segments")
    samples = imagecodecs.dicomrle_decode(stream, f"<u{octets}", out=bytearray(size))
    if len(samples) != size:
        raise ValueError(f"the run-length code holds {len(samples)} bytes, not {size}")
    return np.frombuffer(samples, f"<u{octets}").reshape(rows, columns)


def _jpeg_frame(stream: bytes) -> Frame:
    if stream[:2] != b"\xff\xd8":
        raise ValueError("the code stream does not begin as JPEG does")
    place = 2
    while place + 10 <= len(stream) and stream[place] == 0xFF:
        marker = stream[place + 1]
        if marker in _FRAMES:
            rows, columns = _shorts(stream, place + 5, 2)
            _refuse_what_was_cut(stream, rows * columns * _FRAMES[marker])
            return Frame(rows, columns, stream[place + 9], stream[place + 4])
        if marker in _OTHER_FRAMES:
            raise ValueError(f"a JPEG process that DICOM does not use (marker FF{marker:02X})")
        fill = marker == 0xFF
        place += 1 if fill else 2 if marker in _ALONE else 2 + max(2, *_shorts(stream, place + 2, 1))
    raise ValueError("the JPEG code stream names no size")


def _refuse_what_was_cut(stream: bytes, least_bits: float) -> None:
    """JPEG's decoder fills up with grey what is missing and says nothing; those of JPEG-LS and JPEG 2000 are strict."""
    if 8 * jpeg_end(stream) < least_bits:
        raise ValueError(f"the JPEG code stream has {len(stream)} bytes, too few for the size that it names")


def _j2k_frame(stream: bytes) -> Frame:
    place = stream.find(
        CODESTREAM, 0, MOST_BOXES
    )  # in front of it stand boxes, where a file was stored and not its stream
    size = stream[place + 8 : place + 44] if place >= 0 else b""
    if len(size) < 36:
        raise ValueError("the code stream does not begin as JPEG 2000 does")
    right, below, left, above, wide, high, from_x, from_y = (
        int.from_bytes(size[i : i + 4]) for i in range(0, 32, 4)
    )  # Xsiz, Ysiz, XOsiz, YOsiz, XTsiz, YTsiz, XTOsiz, YTOsiz
    if not wide or not high or -(-(right - from_x) // wide) * -(-(below - from_y) // high) > _MOST_TILES:
        raise ValueError("the JPEG 2000 code stream has impossible tiles")
    return Frame(below - above, right - left, int.from_bytes(size[32:34]), (size[34] & 0x7F) + 1)


def _shorts(stream: bytes, place: int, count: int) -> tuple[int, ...]:
    return tuple(int.from_bytes(stream[place + 2 * i : place + 2 * i + 2]) for i in range(count))
