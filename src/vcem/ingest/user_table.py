"""Tables as people have them: CSV with commas, semicolons or tabs, or the first sheet of a workbook."""

import csv
import io
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from vcem.core.errors import UsageError
from vcem.core.files import Row

DELIMITERS = "\t;,"
_FORM = "a table in CSV (commas, semicolons or tabs) or XLSX, its first line the names of columns"


def read_table(path: Path, needed: Sequence[str] = ()) -> list[Row]:
    """Read a table as text cells without blanks around them; empty lines are left out.

    Raises:
        UsageError: if it cannot be read, names a column twice, or lacks one of those needed.
    """
    lines = _sheet(path) if path.suffix.lower() == ".xlsx" else _text(path)
    names = [cell.strip() for cell in lines[0]] if lines else []
    twice = sorted({name for name in names if name and names.count(name) > 1})
    missing = [name for name in needed if name not in names]
    if twice or missing:
        what = f"has two columns {twice[0]!r}" if twice else f"lacks the columns {', '.join(missing)}"
        raise UsageError(f"{path} {what}.", f"columns {', '.join(needed)}" if needed else _FORM,
                         f"it has {', '.join(filter(None, names)) or 'none'}")  # fmt: skip
    cells = ([*(cell.strip() for cell in line), *[""] * len(names)] for line in lines[1:] if any(map(str.strip, line)))
    return [{name: cell for name, cell in zip(names, line, strict=False) if name} for line in cells]


def _text(path: Path) -> list[list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", _FORM) from error
    first = text.split("\n", 1)[0]
    try:
        return list(csv.reader(io.StringIO(text), delimiter=max(DELIMITERS, key=first.count)))
    except csv.Error as error:
        raise UsageError(f"{path} cannot be read: {error}.", _FORM) from error


def _sheet(path: Path) -> list[list[str]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # openpyxl tells of styles and extensions it does not keep
            book = load_workbook(path, read_only=True, data_only=True)
            rows = list(book.worksheets[0].iter_rows(values_only=True))
            book.close()
    except (BadZipFile, InvalidFileException, IndexError, KeyError, ValueError, EOFError, OSError) as error:
        raise UsageError(f"{path} cannot be read as a workbook: {error}.", _FORM) from error
    return [_cells(row) for row in rows]


def _cells(row: Iterable[object]) -> list[str]:
    whole = (int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in row)
    return ["" if cell is None else str(cell) for cell in whole]
