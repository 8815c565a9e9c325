"""What pydicom can raise on a damaged file, told as one error that names it."""

import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pydicom
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset, read_preamble
from pydicom.tag import Tag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from vcem.core.errors import FailureError
from vcem.dicom.texts import tag_of
from vcem.dicom.unreadable import UNREADABLE, odd_values_pass, reason

MOST_BYTES = 2**30  # of one file, and of what a deflated one becomes
_HEAD, _CHUNK = 2**16, 2**20
NAKED = "DICOM without the preamble that a file begins with (PS3.10 7.1): write it anew, such as with dcmconv"
_FIRST_GROUPS = (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")  # of both byte orders


@contextmanager
def told(path: Path, what: str = "is damaged", expected: str = "a whole DICOM file") -> Iterator[None]:
    """Turn what reading or rewriting a file raises into one error; values that break a rule of their type pass.

    Raises:
        FailureError: if the block failed on what the file holds.
    """
    try:
        with odd_values_pass():
            yield
    except UNREADABLE as error:
        raise FailureError(
            f"{path} {what}: {reason(error)}.",
            expected,
            "copy it again from its source",
        ) from error


def header_of(path: Path) -> Dataset:
    """Read all attributes but the pixels.

    Raises:
        FailureError: if that cannot be done.
    """
    with told(path):
        return attributes_of(path)


def attributes_of(path: Path, tags: Sequence[int | str] = ()) -> Dataset:
    """Read all attributes but the pixels, or those named; damage is raised as it comes, one of UNREADABLE."""
    wanted = [tag_of(tag) if isinstance(tag, str) else Tag(tag) for tag in tags]
    with path.open("rb") as file:
        refuse_flood(file)
        return pydicom.dcmread(file, stop_before_pixels=True, specific_tags=wanted or None)


def naked(path: Path) -> bool:
    """Return whether a file is a DICOM data set from its first byte on: readable elements that name an image."""
    try:
        with path.open("rb") as file, odd_values_pass():
            if file.read(2) not in _FIRST_GROUPS:
                return False
            file.seek(0)
            return "SOPClassUID" in pydicom.dcmread(file, force=True, specific_tags=["SOPClassUID"], defer_size=_HEAD)
    except UNREADABLE:
        return False


def whole_of(path: Path) -> Dataset:
    """Read all attributes, pixels too.

    Raises:
        FailureError: if that cannot be done.
    """
    with told(path), path.open("rb") as file:
        refuse_flood(file)
        return pydicom.dcmread(file)


def refuse_flood(file: BinaryIO | io.BytesIO) -> None:
    """Refuse a file that would fill the memory: a huge one, or a deflated one (PS3.5 A.5) that becomes huge.

    Raises:
        ValueError: if it holds more than 1 GiB.
        InvalidDicomError: if it is not a DICOM file.
    """
    if file.seek(0, io.SEEK_END) > MOST_BYTES:
        raise ValueError("it holds more bytes than any mammogram, 1 GiB")
    file.seek(0)
    if DeflatedExplicitVRLittleEndian.encode() in file.read(_HEAD):
        file.seek(0)
        read_preamble(file, force=False)
        read_dataset(file, is_implicit_VR=False, is_little_endian=True, stop_when=lambda tag, *_: tag.group != 2)
        _refuse_deflated_flood(file)
    file.seek(0)


def _refuse_deflated_flood(file: BinaryIO | io.BytesIO) -> None:
    engine, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while not engine.eof and (piece := engine.unconsumed_tail or file.read(_CHUNK)):
        size += len(engine.decompress(piece, _CHUNK))
        if size > MOST_BYTES:
            raise ValueError("inflated it holds more bytes than any mammogram, 1 GiB")
