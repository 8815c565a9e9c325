"""Text that is drawn into pixels, read by an OCR that brings its models with it (`pip install vcem[ocr]`).

It only ever sets images aside. That it finds nothing says little: it misses handwriting, faint and turned letters.
"""

import io
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
import pydicom

from vcem.core.errors import UsageError
from vcem.dicom.stored_values import Stored, stored_values
from vcem.dicom.unreadable import odd_values_pass

DRAWN = "text may be drawn into its pixels: somebody must look at it"
TILE_PX, STEP_PX = 704, 576  # letters of 14 rows are read in tiles of this size, and not in a whole mammogram
LEAST_SCORE = 0.5
Read = Callable[[np.ndarray], list[str]]
# what technicians' markers and makers' labels say of side, view and energy, without blanks
_MARKER = re.compile(
    r"(L|R|LEFT|RIGHT|SIN|DEX)?(CC|MLO|ML|LM|LMO|XCC|XCCL|XCCM|AT|CV|FB|SIO|ISO|ID)?(LE|HE|DES|CEM|CESM)?",
    re.IGNORECASE,
)


def reader_name() -> str:
    """Return which OCR reads, with its version, for manifests.

    Raises:
        UsageError: if it is not installed.
    """
    _engine()
    return f"rapidocr {version('rapidocr')}"


def has_drawn_text(content: bytes, read: Read | None = None) -> bool:
    """Tell whether an image file has text in its picture other than a marker of side and view.

    Args:
        content: the file.
        read: returns the texts in a picture of 8 bits; the OCR if not given.
    """
    with odd_values_pass():
        values = stored_values(pydicom.dcmread(io.BytesIO(content)))
    return any(not is_marker(text) for tile in tiles(values) for text in (read or _read)(tile))


def is_marker(text: str) -> bool:
    """Tell whether a text says side, view or energy and nothing else; signs alone are no text."""
    return bool(_MARKER.fullmatch(re.sub(r"[\W_]", "", text)))


def tiles(values: Stored) -> Iterator[np.ndarray]:
    """Yield overlapping parts of an image as 8 bits, each over its own range; then a whole one for large letters."""
    rows, columns = values.shape
    for top in range(0, max(1, rows - TILE_PX + STEP_PX), STEP_PX):
        for left in range(0, max(1, columns - TILE_PX + STEP_PX), STEP_PX):
            yield from _stretched(values[top : top + TILE_PX, left : left + TILE_PX])
    step = -(-max(rows, columns) // TILE_PX)
    if step > 1:
        yield from _stretched(values[::step, ::step])


def _stretched(values: np.ndarray) -> Iterator[np.ndarray]:
    least, most = int(values.min()), int(values.max())
    if most > least:  # a plain area says nothing
        yield ((values.astype(np.float32) - least) * (255 / (most - least))).astype(np.uint8)


def _read(picture: np.ndarray) -> list[str]:
    found = _engine()(picture)
    return [text for text, score in zip(found.txts or (), found.scores or (), strict=True) if score >= LEAST_SCORE]


@cache
def _engine() -> Callable[[np.ndarray], Any]:
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise UsageError(
            "The OCR is not installed.",
            "rapidocr and onnxruntime",
            "pip install 'vcem[ocr]', or leave --read-text out",
        ) from error
    return RapidOCR(params={
        "Global.log_level": "error", "Global.use_cls": False, "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    })  # fmt: skip
