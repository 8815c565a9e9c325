"""What report and biopsy tables say of each pair of CESM@UCBM.

How those tables are written is not known from any public source, so nothing is guessed: columns have the names of this
module, or a TOML file tells which of the table's columns is which, and what its codes mean:

    [reports]
    patient = "ID paziente"
    density = "ACR"
    [reports.values.density]
    "1" = "a"
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcem.core.errors import UsageError
from vcem.core.files import Row
from vcem.core.keys import PairKey
from vcem.core.terms import Density, Side, View
from vcem.ingest.user_table import read_table

PLACES = ("pair", "patient", "side", "view")
FACTS = ("age", "density", "birads", "findings", "pathology")
JOINED = ("birads", "findings", "pathology")  # several of one place stand with `$` between them
TERMS: Mapping[str, Sequence[str]] = {"side": list(Side), "view": list(View), "density": list(Density)}
_FORM = f"[reports] and [biopsies] with {', '.join(PLACES + FACTS)} = a column, and [reports.values.COLUMN] tables"


@dataclass(frozen=True)
class Naming:
    """Which column of a table is which, and what its codes mean."""

    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Statement:
    """One row of a table."""

    where: str
    places: Mapping[str, str]
    facts: Mapping[str, str]

    def concerns(self, key: PairKey) -> bool:
        """Return whether it speaks of this pair."""
        own = {"pair": key.pair, "patient": key.patient, "side": str(key.side), "view": str(key.view)}
        return all(own[name] == value for name, value in self.places.items())


def read_naming(path: Path | None) -> dict[str, Naming]:
    """Read which columns the tables have; without a file, those of this module's names.

    Raises:
        UsageError: if it cannot be read or names something else.
    """
    plain = {name: name for name in PLACES + FACTS}
    if path is None:
        return {"reports": Naming(plain, {}), "biopsies": Naming(plain, {})}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        tables = {name: _naming(content.pop(name)) if name in content else Naming(plain, {})
                  for name in ("reports", "biopsies")}  # fmt: skip
    except OSError as error:
        raise UsageError(f"Columns {path} cannot be read: {error.strerror or error}.", "a TOML file") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"Columns {path}: {error}.", _FORM) from error
    if content:
        raise UsageError(f"Columns {path}: unknown table {min(content)!r}.", _FORM)
    return tables


def _naming(table: dict[str, Any]) -> Naming:
    values = {name: {str(k): str(v) for k, v in codes.items()} for name, codes in table.pop("values", {}).items()}
    unknown = sorted({*table, *values} - {*PLACES, *FACTS})
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r}")
    if not all(isinstance(column, str) for column in table.values()):
        raise TypeError("a column's name must be text")
    return Naming(table, values)


def read_statements(path: Path, naming: Naming, biopsies: bool = False) -> tuple[list[Statement], list[str]]:
    """Read a table; return its rows, and the names of the columns that were left unread.

    Args:
        path: the table.
        naming: which column is which.
        biopsies: whether each row must say which breast or pair it is about.

    Raises:
        UsageError: if no column names patients or pairs, none says anything, or a cell has none of its terms.
    """
    rows = read_table(path)
    there = list(rows[0]) if rows else []
    used = {name: column for name, column in naming.columns.items() if column in there}
    needed = ("pair", "side") if biopsies else ("pair", "patient")
    if not set(needed) & set(used) or not {"pair", "patient"} & set(used) or not set(FACTS) & set(used):
        which = "which breast was biopsied" if biopsies else "of whom it speaks"
        raise UsageError(
            f"{path} does not say {which}, or nothing else: it has the columns {', '.join(there) or '(none)'}.",
            f"{' or '.join(needed)}{' with patient' if biopsies else ''}, and any of {', '.join(FACTS)}",
            "give --columns FILE, which says what its columns mean",
        )
    statements = [_statement(f"{path.name}, line {line}", row, used, naming) for line, row in enumerate(rows, 2)]
    vague = next((s.where for s in statements if biopsies and not {"pair", "side"} & set(s.places)), "")
    if vague:
        raise UsageError(f"{vague} does not say which breast was biopsied.", "a side or a pair in every row")
    return statements, [column for column in there if column not in used.values()]


def _statement(where: str, row: Row, used: Mapping[str, str], naming: Naming) -> Statement:
    cells = {}
    for name, column in used.items():
        cell = naming.values.get(name, {}).get(row[column], row[column])
        if cell and name in TERMS:
            cell = _term(where, name, cell)
        if cell:
            cells[name] = cell
    if not {"pair", "patient"} & set(cells):
        raise UsageError(f"{where} names neither patient nor pair.", "one of them in every row")
    facts = {name: cell for name, cell in cells.items() if name in FACTS}
    return Statement(where, {name: cell for name, cell in cells.items() if name in PLACES}, facts)


def _term(where: str, name: str, cell: str) -> str:
    known = {str(term).lower(): str(term) for term in TERMS[name]}
    if cell.lower() not in known:
        raise UsageError(
            f"{where}: {name} {cell!r}.",
            f"one of {', '.join(known.values())}, or nothing",
            f"say what it means in --columns FILE, under [reports.values.{name}] or [biopsies.values.{name}]",
        )
    return known[cell.lower()]


def facts_of(key: PairKey, statements: Iterable[Statement]) -> dict[str, str]:
    """Return what is said of a pair; what is said of a view goes before what is said of a breast or a woman.

    Raises:
        UsageError: if two rows of equal weight contradict each other in age or density.
    """
    said: dict[str, tuple[int, list[str], str]] = {}
    for s in statements:
        if not s.concerns(key):
            continue
        weight = len(s.places) + 4 * ("pair" in s.places)
        for name, value in s.facts.items():
            before = said.get(name, (-1, [], ""))
            if weight > before[0]:
                said[name] = (weight, [value], s.where)
            elif weight == before[0] and value not in before[1]:
                _refuse_contradiction(name, key, before[2], s.where)
                before[1].append(value)
    return {name: "$".join(values) for name, (_, values, _) in said.items()}


def _refuse_contradiction(name: str, key: PairKey, first: str, second: str) -> None:
    if name not in JOINED:
        raise UsageError(f"{first} and {second} contradict each other in {name} of {key.pair}.", "one statement")


def unheard(statements: Sequence[Statement], keys: Sequence[PairKey]) -> int:
    """Count the rows that speak of no listed pair."""
    return sum(not any(s.concerns(key) for key in keys) for s in statements)
