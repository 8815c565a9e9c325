"""A contact sheet: an exam's LE, DES and virtual DES images side by side, at equal millimetres a pixel, on black."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from vcem.apply.exam import VIRTUAL, Exam, Row, Shown
from vcem.core.errors import FailureError
from vcem.core.pictures import full_scale, png_of, read_picture
from vcem.core.terms import Origin, Side
from vcem.dicom.read import read_dicom
from vcem.folders.catalogue import Skipped

TALLEST_PX = 440
"""Height of the image that is tallest in millimetres."""
GAP_PX, CAPTION_PX, HEAD_PX, FRAME_PX = 14, 58, 34, 3
GROUND, INK, FAINT = "#16191C", "#F2F2F2", "#A7ADB3"
# Okabe & Ito 2008, told apart by colour-blind readers; words say the same
COLOURS = {"SYNTHETIC": "#E69F00", "SIMULATED": "#56B4E9"}
MISSING = "none"


@dataclass(frozen=True)
class Cell:
    """One drawn image: None if it is missing or cannot be read."""

    shown: Shown | None
    picture: Image.Image | None


@dataclass(frozen=True)
class Sheet:
    """An exam with its images drawn: cells by row, each by column; `unread` are damaged images."""

    exam: Exam
    cells: tuple[Mapping[str, Cell], ...]
    mm_per_px: float
    unread: tuple[Skipped, ...]


def marks_of(shown: Shown) -> list[str]:
    """Return the words that stand on an image so that nobody takes it for an acquired one."""
    synthetic = ["SYNTHETIC"] if shown.drawn else []
    return synthetic + (["SIMULATED"] if shown.origin == Origin.SIMULATED else [])


def captions_of(shown: Shown) -> list[str]:
    """Return the lines below an image."""
    size = f"{shown.rows} x {shown.columns} px"
    scale = f"{shown.spacing_mm[0]:g} mm" if shown.spacing_mm else "no spacing, not to scale"
    origin = f"{shown.origin}; drawn by a network" if shown.drawn else shown.origin
    return [
        f"{shown.side} {shown.view}  {shown.kind}  {shown.time}".rstrip(),
        f"{size}, {scale}",
        f"window {shown.window}; {origin}",
    ]


def draw(exam: Exam, rows: Iterable[Row] | None = None) -> Sheet:
    """Draw every image of an exam at one scale; `rows` passes the rows through, for progress."""
    heights = [height for row in exam.rows for s in row.images.values() if (height := _height_mm(s))]
    mm_per_px = max(heights, default=float(TALLEST_PX)) / TALLEST_PX
    unread: list[Skipped] = []
    cells = [{c: _cell(row.images.get(c), mm_per_px, unread) for c in exam.columns}
             for row in (exam.rows if rows is None else rows)]  # fmt: skip
    return Sheet(exam, tuple(cells), mm_per_px, tuple(unread))


def _height_mm(shown: Shown) -> float:
    return shown.rows * shown.spacing_mm[0] if shown.spacing_mm else 0.0


def _cell(shown: Shown | None, mm_per_px: float, unread: list[Skipped]) -> Cell:
    if shown is None:
        return Cell(None, None)
    try:
        return Cell(shown, _marked(_reduced(shown, mm_per_px), shown))
    except FailureError as error:
        unread.append(Skipped(str(shown.path), error.found))
        return Cell(shown, None)


def _reduced(shown: Shown, mm_per_px: float) -> Image.Image:
    grey = _read(shown)
    height, width = grey.shape
    if shown.spacing_mm:
        size = (width * shown.spacing_mm[1] / mm_per_px, height * shown.spacing_mm[0] / mm_per_px)
    else:
        size = (width * TALLEST_PX / height, float(TALLEST_PX))
    # the side file or header can be wrong about size: the sheet stays small whatever it says
    columns, rows = (max(8, min(2 * TALLEST_PX, round(side))) for side in size)
    scaled = Image.fromarray(grey).resize((columns, rows), Image.Resampling.LANCZOS)
    return Image.fromarray(np.round(np.clip(np.asarray(scaled), 0, 1) * 255).astype(np.uint8)).convert("RGB")


def _read(shown: Shown) -> np.ndarray:
    if shown.path.suffix == ".png":
        pixels = read_picture(shown.path)
        return pixels.astype(np.float32) / np.float32(full_scale(pixels))
    return read_dicom(shown.path).astype(np.float32)


def _marked(picture: Image.Image, shown: Shown) -> Image.Image:
    """Write the marks on the air side, where no breast is, and frame what a network drew; no chest wall is covered."""
    frame = COLOURS["SYNTHETIC"] if shown.drawn else GROUND
    picture = ImageOps.expand(picture, FRAME_PX, frame)
    pen, top = ImageDraw.Draw(picture), FRAME_PX + 4
    for mark in marks_of(shown):
        width, height = math.ceil(_font(14).getlength(mark)) + 12, 22
        left = picture.width - width - FRAME_PX - 4 if shown.side is Side.LEFT else FRAME_PX + 4
        pen.rectangle((left, top, left + width, top + height), fill=COLOURS[mark])
        pen.text((left + 6, top + height / 2), mark, fill="black", font=_font(14), anchor="lm")
        top += height + 4
    return picture


def to_png(sheet: Sheet) -> bytes:
    """Return the sheet as one picture."""
    widths = {c: max(_least_width(c), *(_width(cells[c]) for cells in sheet.cells)) for c in sheet.exam.columns}
    width = GAP_PX + sum(w + GAP_PX for w in widths.values())
    blocks = list(_blocks(sheet, widths))
    page = Image.new("RGB", (width, sum(b.height for b in blocks) + GAP_PX), GROUND)
    top = 0
    for block in blocks:
        page.paste(block, (0, top))
        top += block.height
    return png_of(page, optimize=True)


def _least_width(column: str) -> int:
    return max(190, math.ceil(_font(16).getlength(column)))


def _width(cell: Cell) -> int:
    lines = captions_of(cell.shown) if cell.shown else []
    return max([cell.picture.width if cell.picture else 0, *(math.ceil(_font(13).getlength(x)) for x in lines)])


def _blocks(sheet: Sheet, widths: Mapping[str, int]) -> Iterator[Image.Image]:
    """Yield the head of the columns, then for each study its name and its rows."""
    total = GAP_PX + sum(w + GAP_PX for w in widths.values())
    yield _heads(widths, total)
    before = None
    for row, cells in zip(sheet.exam.rows, sheet.cells, strict=True):
        if (row.patient, row.study) != before:
            before = (row.patient, row.study)
            yield _line(heading_of(row, sheet), total)
        yield _drawn_row(cells, widths, total)


def heading_of(row: Row, sheet: Sheet) -> str:
    """Return whose images follow, and at what scale."""
    study = f", study ...{row.study[-8:]}" if row.study else ""
    return f"patient {row.patient or 'not given'}{study}; {sheet.mm_per_px:.2f} mm a pixel; research only"


def _heads(widths: Mapping[str, int], total: int) -> Image.Image:
    block = Image.new("RGB", (total, HEAD_PX), GROUND)
    pen, left = ImageDraw.Draw(block), GAP_PX
    for column, width in widths.items():
        colour = COLOURS["SYNTHETIC"] if column.startswith(VIRTUAL) else INK
        pen.text((left, HEAD_PX / 2), column, fill=colour, font=_font(16), anchor="lm")
        left += width + GAP_PX
    return block


def _line(text: str, total: int) -> Image.Image:
    block = Image.new("RGB", (total, HEAD_PX - 4), GROUND)
    ImageDraw.Draw(block).text((GAP_PX, 8), text, fill=FAINT, font=_font(13))
    return block


def _drawn_row(cells: Mapping[str, Cell], widths: Mapping[str, int], total: int) -> Image.Image:
    height = max(c.picture.height if c.picture else 40 for c in cells.values())
    block, left = Image.new("RGB", (total, height + CAPTION_PX + GAP_PX), GROUND), GAP_PX
    pen = ImageDraw.Draw(block)
    for column, cell in cells.items():
        if cell.picture:
            block.paste(cell.picture, (left, 0))
        else:
            pen.text((left, 8), "cannot be read" if cell.shown else MISSING, fill=FAINT, font=_font(13))
        for number, line in enumerate(captions_of(cell.shown) if cell.shown else []):
            pen.text((left, height + 5 + 17 * number), line, fill=FAINT if number else INK, font=_font(13))
        left += widths[column] + GAP_PX
    return block


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
