"""What the CDD-CESM workbook says of each image."""

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from vcem.core.errors import FailureError, UsageError
from vcem.core.terms import Density

SHEET = "all"
COLUMNS = {
    "Image_name": "image",
    "Breast density (ACR)": "density",
    "BIRADS": "birads",
    "Findings": "findings",
    "Tags": "tags",
    "Age": "age",
    "Machine": "machine",
    "Pathology Classification/ Follow up": "pathology",
}


@dataclass(frozen=True)
class Facts:
    """One row: what is known of one image. Several codes or findings in one cell stand with `$` between them."""

    density: Density | None = None
    birads: str = ""
    findings: str = ""
    tags: str = ""
    age: str = ""
    machine: str = ""
    pathology: str = ""


def read_facts(path: Path) -> dict[str, Facts]:
    """Read the sheet "all": facts by image name, names stripped of the blanks that trail some of them.

    Raises:
        UsageError: if the sheet or one of its columns is missing, or a density is no ACR category.
        FailureError: if the file is damaged or no workbook.
    """
    return {row["image"].upper(): _facts(row, path) for row in _rows(path) if row["image"]}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    table = iter(_table(path))
    places = _places(next(table, ()), path)
    for cells in table:
        yield {field: _text(cells[place]) if place < len(cells) else "" for field, place in places.items()}


def _table(path: Path) -> list[tuple[Any, ...]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # openpyxl tells of styles and extensions it does not keep
            book = load_workbook(path, read_only=True, data_only=True)
            names = book.sheetnames
            rows = list(book[SHEET].iter_rows(values_only=True)) if SHEET in names else None
            book.close()
    except (BadZipFile, InvalidFileException, KeyError, ValueError, EOFError, OSError) as error:
        raise FailureError(
            f"{path} cannot be read as a workbook: {error}.", "a whole XLSX file", "copy it again from its source"
        ) from error
    if rows is None:
        raise UsageError(f"{path} has no sheet {SHEET!r}, only {', '.join(names)}.", "the annotations of CDD-CESM")
    return rows


def _places(header: tuple[Any, ...], path: Path) -> Mapping[str, int]:
    found = {_text(cell): place for place, cell in enumerate(header)}
    missing = [column for column in COLUMNS if column not in found]
    if missing:
        raise UsageError(
            f"Sheet {SHEET!r} of {path} lacks the columns {', '.join(missing)}.", f"columns {', '.join(COLUMNS)}"
        )
    return {field: found[column] for column, field in COLUMNS.items()}


def _facts(row: Mapping[str, str], path: Path) -> Facts:
    return Facts(
        density=_density(row["density"], row["image"], path),
        birads=_several(row["birads"]),
        findings=_several(row["findings"]),
        tags=row["tags"],
        age=row["age"],
        machine=row["machine"],
        pathology=row["pathology"],
    )


def _density(cell: str, image: str, path: Path) -> Density | None:
    if cell in ("", "_"):  # the release leaves the density of most subtracted images out in this way
        return None
    try:
        return Density(cell.lower())
    except ValueError as error:
        raise UsageError(f"{path}, image {image}: density {cell!r}.", "A, B, C, D or _") from error


def _several(cell: str) -> str:
    return "$".join(part.strip() for part in cell.split("$") if part.strip())


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else re.sub(r"\s+", " ", str(cell)).strip()
