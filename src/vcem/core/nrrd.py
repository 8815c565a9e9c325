"""Grey images out of NRRD files, as stored.

A file says how many values an axis has, not which axis runs down and which across: whoever made it must tell. Only
files with their own data, raw or gzip, are read, and never more bytes than the header announces.
"""

import gzip
import warnings
import zlib
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import nrrd
import numpy as np
from jaxtyping import Shaped

from vcem.core.errors import FailureError

Values = Shaped[np.ndarray, "h w"]
ENDING = ".nrrd"
MOST_PX, MOST_BYTES = 2**27, 2**30
_GZIP = ("gzip", "gz")
_TYPES = {
    **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
    **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
    "float": "f4", "double": "f8",
}  # fmt: skip


class Axes(StrEnum):
    """Which axis of the file comes first, the one along which neighbours in the file lie."""

    COLUMNS_FIRST = "columns-first"
    ROWS_FIRST = "rows-first"


def is_nrrd(path: Path) -> bool:
    """Return whether a file is NRRD by its ending."""
    return path.suffix.lower() == ENDING


def read_nrrd(path: Path, axes: Axes) -> Values:
    """Read one image as rows x columns of stored values.

    Args:
        path: the file.
        axes: columns-first is what imaging programs write (neighbours in the file lie in one row, as in DICOM);
            rows-first is what a plain export of an array with rows x columns by NumPy and pynrrd gives.

    Raises:
        FailureError: if the file is missing, cut short, damaged, no single grey image, or keeps its data elsewhere.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FailureError("it holds more bytes than any mammogram")
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a header that repeats a field is told by pynrrd, and harmless
            header = nrrd.read_header(file)
            sizes = _sizes(header)
            values = np.frombuffer(_content(file, header, sizes), _type(header))
    except FailureError as error:
        raise FailureError(f"{path}: {error.found}.", "one grey image in one NRRD file, raw or gzip") from error
    except (OSError, ValueError, KeyError, TypeError, nrrd.NRRDError, EOFError, zlib.error) as error:
        raise FailureError(
            f"{path} cannot be read as NRRD: {' '.join(str(error).split())}.",
            "a whole NRRD file",
            "copy it again from its source",
        ) from error
    first, second = sizes
    in_file = values.reshape(second, first)  # the first axis is the fastest
    return in_file if axes is Axes.COLUMNS_FIRST else in_file.T


def _sizes(header: dict[str, Any]) -> tuple[int, int]:
    sizes = [int(n) for n in header["sizes"]]
    if "data file" in header or "datafile" in header:
        raise FailureError("its data lie in another file")
    if len(sizes) < 2 or any(n != 1 for n in sizes[2:]) or min(sizes) < 1:
        raise FailureError(f"sizes {' x '.join(map(str, sizes))} are no single image")
    if sizes[0] * sizes[1] > MOST_PX:
        raise FailureError(f"{sizes[0]} x {sizes[1]} values are no mammogram")
    return sizes[0], sizes[1]


def _type(header: dict[str, Any]) -> np.dtype[Any]:
    code = _TYPES.get(str(header["type"]).lower())
    if code is None:
        raise FailureError(f"type {header['type']} is no grey value")
    order = {"little": "<", "big": ">"}.get(str(header.get("endian", "")).lower(), "")
    if code[1] != "1" and not order:
        raise FailureError("its byte order is not given")
    return np.dtype(order + code)


def _content(file: IO[bytes], header: dict[str, Any], sizes: tuple[int, int]) -> bytes:
    if any(int(header.get(f"{kind} skip", header.get(f"{kind}skip", 0))) for kind in ("line", "byte")):
        raise FailureError("it skips lines or bytes")
    wanted = sizes[0] * sizes[1] * _type(header).itemsize
    encoding = str(header["encoding"]).lower()
    if encoding == "raw":
        content = file.read(wanted + 1)
    elif encoding in _GZIP:
        with gzip.GzipFile(fileobj=file) as unpacked:
            content = unpacked.read(wanted + 1)
    else:
        raise FailureError(f"encoding {encoding}")
    if len(content) != wanted:
        more = "more" if len(content) > wanted else "fewer"
        raise FailureError(f"it holds {more} bytes than its sizes {sizes[0]} x {sizes[1]} say")
    return content
