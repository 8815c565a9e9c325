"""The table in which the paper's authors list the pairs of CESM@UCBM: its order makes their folds."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from vcem.core.errors import UsageError
from vcem.core.files import Row
from vcem.core.keys import PairKey, parse_pair
from vcem.folders.catalogue import Skipped
from vcem.ingest.user_table import read_table

COLUMNS = ("id", "img_x", "img_y", "r_l", "wc_x", "ww_x", "wc_y", "ww_y")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Listed:
    """One pair of the table. Names of files are without folder and ending, windows `center/width` as in a catalogue."""

    key: PairKey
    le: str
    des: str
    le_window: str
    des_window: str


@dataclass(frozen=True)
class Order:
    """All pairs in the table's order, those that can be taken, and the others with the reason."""

    ids: tuple[str, ...]
    listed: tuple[Listed, ...]
    skipped: tuple[Skipped, ...]


def read_order(path: Path) -> Order:
    """Read the authors' `all.txt`: a row per pair, in their order.

    Raises:
        UsageError: if it cannot be read, lacks a column, names a pair twice, or a name cannot be read.
    """
    rows = read_table(path, COLUMNS)
    if not rows:
        raise UsageError(f"{path} lists no pair.", "the authors' table, a row per pair")
    ids = [row["id"] for row in rows]
    twice = [f"{name} ({count} times)" for name, count in Counter(ids).items() if count > 1]
    if twice:
        raise UsageError(f"{path} lists pairs more than once: {', '.join(twice[:5])}.", "each pair once",
                         "take the other rows away; the order of the rest makes the folds")  # fmt: skip
    found = [_listed(row) for row in rows]
    skipped = tuple(Skipped(name, row) for name, row in zip(ids, found, strict=True) if isinstance(row, str))
    return Order(tuple(ids), tuple(row for row in found if isinstance(row, Listed)), skipped)


def _listed(row: Row) -> Listed | str:
    key = parse_pair(row["id"])
    if row["r_l"] != key.side:
        return f"the table says side {row['r_l'] or 'nothing'} in r_l and {key.side} in the name"
    windows = [_window(row[f"wc_{image}"], row[f"ww_{image}"]) for image in "xy"]
    if not all(windows):
        wrong = ", ".join(f"{name} {row[name]!r}" for name in COLUMNS[4:])
        return f"a window of the table is no centre and width above 0: {wrong}"
    le, des = (PureWindowsPath(row[image]).stem for image in ("img_x", "img_y"))
    return Listed(key, le, des, *windows) if le and des else "the table names no files"


def _window(centre: str, width: str) -> str:
    if not _NUMBER.fullmatch(centre) or not _NUMBER.fullmatch(width) or float(width) <= 0:
        return ""
    return f"{float(centre):.10g}/{float(width):.10g}"
