"""Which steps bring a given image onto a grid: the whole field padded to a square, or the box of the breast.

The breast frame cuts a window with the grid's ratio of rows to columns, so that pixels stay square. Its first column is
the first one of the breast at the chest wall; it is centred on the breast from head to foot. Either it is as large as
the breast with a margin needs (each breast fills the grid), or as the grid's millimetres a pixel make it.
"""

from math import ceil

import numpy as np

from vcem.core.arrays import Mask
from vcem.core.errors import FailureError
from vcem.core.grid import Framing, Size
from vcem.core.terms import Frame, Side
from vcem.prepare.chain import Step
from vcem.prepare.crop import Crop
from vcem.prepare.pad import Pad
from vcem.prepare.resize import Resize
from vcem.prepare.square import Square

MARGIN = 0.02
"""Air around the breast, as a share of the box's longer side, above, below and at the air side."""


def steps_of(framing: Framing, breast: Mask, side: Side, spacing_mm: float | None = None) -> list[Step]:
    """Return the steps from the given image to the grid.

    Args:
        framing: the grid and what it shows.
        breast: breast mask of the given LE image.
        side: of the breast.
        spacing_mm: of the given image; needed where the grid's millimetres a pixel are fixed.

    Raises:
        FailureError: if the breast does not fit onto a grid of fixed millimetres a pixel, or the spacing is not known.
    """
    if framing.frame is Frame.FIELD:
        square = Square(breast.shape[0], breast.shape[1], side)
        return [square, Resize(square.size, framing.size.rows, antialias=True)]
    window = _window(framing, _box(breast), spacing_mm)
    return [_crop(window, breast, side), Resize(window, framing.size, antialias=True)]


def native_steps(frame: Frame, breast: Mask, side: Side, multiple: int) -> list[Step]:
    """Return the steps that change no pixel: what the frame shows, with zeros up to a multiple for a network."""
    if frame is Frame.FIELD:
        square = Square(breast.shape[0], breast.shape[1], side)
        return [square, Pad(square.size, _up(square.size, multiple), side)]
    rows, columns = _with_margin(_box(breast))
    return [_crop(Size(_up(ceil(rows), multiple), _up(ceil(columns), multiple)), breast, side)]


def _up(count: int, multiple: int) -> int:
    return -(-count // multiple) * multiple


def _spans(breast: Mask) -> tuple[int, int, int, int]:
    """Return first and last row, first and last column of the breast."""
    rows, columns = np.flatnonzero(breast.any(1)), np.flatnonzero(breast.any(0))
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


def _box(breast: Mask) -> Size:
    top, bottom, left, right = _spans(breast)
    return Size(bottom - top + 1, right - left + 1)


def _with_margin(box: Size) -> tuple[float, float]:
    """Return rows and columns of the box with its margin; there is none at the chest wall."""
    margin = MARGIN * max(box)
    return box.rows + 2 * margin, box.columns + margin


def _window(framing: Framing, box: Size, spacing_mm: float | None) -> Size:
    """Return the rows and columns of the given image that the grid shows."""
    rows, columns = framing.size
    if framing.pixel_mm is None:
        high, wide = _with_margin(box)
        per_pixel = max(high / rows, wide / columns)
    elif spacing_mm is None:
        raise FailureError(
            "No header says how many millimetres a pixel is.",
            "DICOM with Imager Pixel Spacing, square pixels",
            "leave --pixel-mm out: each breast then fills the grid",
        )
    else:
        per_pixel = framing.pixel_mm / spacing_mm
    window = Size(max(1, round(rows * per_pixel)), max(1, round(columns * per_pixel)))
    if framing.pixel_mm and (box.rows > window.rows or box.columns > window.columns):
        mm = [round(side * framing.pixel_mm / per_pixel) for side in (*box, *window)]
        raise FailureError(
            f"The breast measures {mm[0]} x {mm[1]} mm, the grid {mm[2]} x {mm[3]} mm.",
            "a grid as large as the breast",
            "prepare with a larger --size or --pixel-mm",
        )
    return window


def _crop(window: Size, breast: Mask, side: Side) -> Crop:
    top, bottom, left, right = _spans(breast)
    first_row = (top + bottom + 1 - window.rows) // 2
    first_column = right + 1 - window.columns if side is Side.RIGHT else left
    return Crop(first_row, first_column, window, Size(*breast.shape), side)
