"""Pixel data with nothing in it but pixels: no overlay in unused bits, no bytes after the last, no comments."""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_fragmented_frames
from pydicom.uid import UID, AllTransferSyntaxes, ExplicitVRLittleEndian

from vcem.core.errors import FailureError

# markers that stand alone, without a length: TEM, RST0-7, SOI, EOI (ITU-T T.81 table B.1)
_ALONE = {0x01, *range(0xD0, 0xDA)}
_COMMENT, _J2K_COMMENT = 0xFE, 0x64
_SCAN, _TILE = 0xDA, 0x90  # from these on there is coded data: SOS, and SOT of JPEG 2000 (ITU-T T.800 table A.2)
_APPLICATION = range(0xE0, 0xF0)
_ADOBE, _SPIFF = 0xEE, 0xE8  # say how to decode


def only_pixels(dataset: Dataset) -> tuple[bytes, UID]:
    """Return the pixel data of an image and its transfer syntax: uncompressed becomes explicit little endian.

    Raises:
        FailureError: if there are fewer bytes than pixels, or the compression is unknown.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax not in AllTransferSyntaxes:
        raise FailureError("the transfer syntax is unknown")
    if not syntax.is_encapsulated:
        return _only_stored_bits(dataset, syntax.is_little_endian), ExplicitVRLittleEndian
    frames = generate_fragmented_frames(dataset.PixelData, number_of_frames=int(dataset.get("NumberOfFrames") or 1))
    cleaned = [_even(without_comments(b"".join(fragments))) for fragments in frames]
    if not cleaned or not all(cleaned):
        raise FailureError("the compressed pixel data are empty")
    return encapsulate(cleaned), syntax


def _only_stored_bits(dataset: Dataset, little: bool) -> bytes:
    count = int(dataset.Rows) * int(dataset.Columns) * int(dataset.get("NumberOfFrames") or 1)
    allocated, stored, high = (int(dataset[k].value) for k in ("BitsAllocated", "BitsStored", "HighBit"))
    if not 0 < stored <= allocated or not stored - 1 <= high < allocated:
        raise FailureError("Bits Stored and High Bit do not fit Bits Allocated")
    content = dataset.PixelData
    if count == 0 or len(content) < count * allocated // 8:
        raise FailureError("there are fewer bytes of pixel data than pixels")
    kind = "i" if dataset.PixelRepresentation else "u"
    order = "<" if little else ">"
    values = np.frombuffer(content, f"{order}{kind}{allocated // 8}", count).astype(f"<{kind}{allocated // 8}")
    above, below = allocated - 1 - high, high + 1 - stored
    values = (values << above) >> (above + below) << below
    return _even(values.astype(f"<{kind}{allocated // 8}").tobytes())


def without_comments(stream: bytes) -> bytes:
    """Return a JPEG, JPEG-LS or JPEG 2000 code stream without comments and application data; others unchanged.

    Comments between the scans of a progressive image are left; the verifying pass searches them.
    """
    if stream[:2] == b"\xff\xd8":
        return _without(stream, _SCAN, {_COMMENT, *_APPLICATION} - {_ADOBE, _SPIFF})
    if stream[:4] == b"\xff\x4f\xff\x51":
        return _without(stream, _TILE, {_J2K_COMMENT})
    return stream


def _without(stream: bytes, last: int, unwanted: set[int]) -> bytes:
    kept, place = bytearray(stream[:2]), 2
    while place + 4 <= len(stream) and stream[place] == 0xFF and stream[place + 1] != last:
        marker = stream[place + 1]
        size = 2 if marker in _ALONE else 2 + int.from_bytes(stream[place + 2 : place + 4])
        if marker not in unwanted:
            kept += stream[place : place + size]
        place += size
    return bytes(kept + stream[place:])


def _even(content: bytes) -> bytes:
    return content + b"\0" * (len(content) % 2)
