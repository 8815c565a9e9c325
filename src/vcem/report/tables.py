"""A table of the report: what a reader sees, and the same numbers in full for a CSV file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcem.core.files import write_csv

Record = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One cell: its text, smaller lines below it, and a mark: "better", "none", "worse", "muted" or ""."""

    text: str
    lines: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True)
class Table:
    """A table with everything needed to read it alone. `records` are its numbers in full precision."""

    name: str
    title: str
    stamp: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    records: tuple[Record, ...]
    notes: tuple[str, ...] = ()


def row(*cells: Cell | str | int) -> tuple[Cell, ...]:
    """Make a row of cells and plain values."""
    return tuple(c if isinstance(c, Cell) else Cell(str(c)) for c in cells)


def write_tables(folder: Path, tables: Iterable[Table]) -> list[str]:
    """Write the numbers of each table as `<name>.csv`; NaN becomes an empty cell.

    Returns:
        the names of the files.
    """
    written = []
    for table in tables:
        if not table.records:
            continue
        columns = list(dict.fromkeys(c for record in table.records for c in record))
        write_csv(folder / f"{table.name}.csv", columns, map(_plain, table.records))
        written.append(f"{table.name}.csv")
    return written


def _plain(record: Record) -> Record:
    return {k: None if isinstance(v, float) and v != v else v for k, v in record.items()}


def count(n: int, one: str, many: str = "") -> str:
    """Print a number with its noun."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Join words as a sentence does."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""
