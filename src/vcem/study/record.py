"""The log of a study: append-only, each entry bound to the one before by a check sum, on disk before it is confirmed.

What was acknowledged survives the end of the process and of the power.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any

from vcem.core.database import connect, transaction
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import sha256_text
from vcem.folders.study import LOG

ANSWER, REVISION, SHOWN, REVIEW, CLOSED, HALT = "answer", "revision", "shown", "review", "closed", "halt"
END, LOOK = "end", "look"
LOCKED = (ANSWER, REVISION, CLOSED, END)  # of these none follows the end
KINDS = {*LOCKED, SHOWN, REVIEW, HALT, LOOK, "admin", "display", "enter", "leave", "pause", "resume"}
SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
  n INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, reader TEXT NOT NULL, item TEXT NOT NULL,
  body TEXT NOT NULL, hash TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS one_answer ON log (item) WHERE kind = 'answer';
CREATE INDEX IF NOT EXISTS by_reader ON log (reader, kind);
CREATE INDEX IF NOT EXISTS by_item ON log (item);
CREATE TRIGGER IF NOT EXISTS no_change BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER IF NOT EXISTS no_removal BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'append only'); END;
"""
SHORTEST = 16
COLUMNS = "n, at, kind, reader, item, body, hash"
When = datetime | Callable[[], datetime]  # a clock is read when the entry has its place: readers come at once


@dataclass(frozen=True)
class Entry:
    """One line of the log; `at` is the server's clock, UTC."""

    n: int
    at: str
    kind: str
    reader: str
    item: str
    body: dict[str, Any]
    hash: str

    @property
    def time(self) -> datetime:
        """The server's clock."""
        return datetime.fromisoformat(self.at)


class EndedError(UsageError):
    """The reading has ended for good: no answer is taken any more."""


class Record:
    """An open log. Safe to use from several threads. One that is only read is neither changed nor made."""

    def __init__(self, folder: Path, protocol: str, write: bool = True) -> None:
        self.path = folder / LOG
        self._lock = Lock()
        self._database = connect(self.path, SCHEMA if write else "")
        self._first = protocol

    def append(self, at: When, kind: str, reader: str, item: str, body: dict[str, Any]) -> None:
        """Write one entry; when this returns, it is on the disk."""
        with self._lock, transaction(self._database):
            self._insert(at, kind, reader, item, body)

    def answer(self, at: When, reader: str, item: str, body: dict[str, Any]) -> bool:
        """Store an answer once.

        Args:
            at: the server's clock.
            reader: who answers.
            item: the reading's opaque name.
            body: `answers` and what was measured about giving them.

        Returns:
            Whether it is new; the same answers again, as from a double click, change nothing.

        Raises:
            UsageError: if another answer is stored already: answers are locked.
        """
        with self._lock, transaction(self._database):
            known = self._database.execute(
                "SELECT body FROM log WHERE item = ? AND kind = 'answer'", (item,)
            ).fetchone()
            if known is None:
                self._insert(at, ANSWER, reader, item, body)
                return True
        if json.loads(known[0])["answers"] != body["answers"]:
            raise UsageError("This case is answered already, and its answer is locked.", "an answer to the next case")
        return False

    def revise(self, at: When, reader: str, item: str, body: dict[str, Any]) -> bool:
        """Store a changed answer behind the one that stands; all are kept.

        Returns:
            Whether it differs from the one that stands; the same again changes nothing.

        Raises:
            UsageError: if there is none yet.
        """
        with self._lock, transaction(self._database):
            standing = self._last_answer(item)
            if standing is None:
                raise UsageError("There is no answer to change.", "an answer")
            if standing["answers"] == body["answers"]:
                return False
            self._insert(at, REVISION, reader, item, body)
        return True

    def given(self, item: str) -> dict[str, Any] | None:
        """Return the answers that stand for an item, None if there are none."""
        with self._lock:
            standing = self._last_answer(item)
        return dict(standing["answers"]) if standing else None

    def _last_answer(self, item: str) -> dict[str, Any] | None:
        row = self._database.execute(
            "SELECT body FROM log WHERE item = ? AND kind IN ('answer', 'revision') ORDER BY n DESC LIMIT 1", (item,)
        ).fetchone()
        found: dict[str, Any] | None = json.loads(row[0]) if row else None
        return found

    def answered(self, reader: str) -> dict[str, datetime]:
        """Return the items that a reader has answered, and when their pictures were last before the reader's eyes."""
        rows = self._rows(
            "SELECT item, max(at) FROM log WHERE reader = ? AND item != '' GROUP BY item "
            "HAVING sum(kind = 'answer') > 0",
            reader,
        )
        return {item: datetime.fromisoformat(at) for item, at in rows}

    def head(self) -> str:
        """Return number and check sum of the last entry, as `12:ab…`; of an empty log 0 and that of the protocol."""
        rows = self._rows("SELECT n, hash FROM log ORDER BY n DESC LIMIT 1")
        return f"{rows[0][0]}:{rows[0][1]}" if rows else f"0:{self._first}"

    def last_seen(self, reader: str) -> str:
        """Return when a reader last did anything, empty if never."""
        return str(self._rows("SELECT max(at) FROM log WHERE reader = ?", reader)[0][0] or "")

    def end(self) -> Entry | None:
        """Return the entry by which the reading ended for good, None while it goes on."""
        return next(iter(self.entries(END)), None)

    def clock_went_back(self, now: datetime | None = None) -> str:
        """Return when the clock was later than it was afterwards, or than it is now; empty if never."""
        times = [at for (at,) in self._rows("SELECT at FROM log ORDER BY n")] + ([now.isoformat()] if now else [])
        return next((before for before, after in pairwise(times) if after < before), "")

    def _rows(self, query: str, *cells: str) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._database.execute(query, cells).fetchall()
            except (sqlite3.Error, OverflowError) as error:
                raise FailureError(
                    f"{self.path} cannot be read as a log of answers: {error}.",
                    "the log that `vcem study serve` wrote, with its file -wal where there is one",
                    "go back to a copy of the study folder",
                ) from error

    def _insert(self, at: When, kind: str, reader: str, item: str, body: dict[str, Any]) -> None:
        if (
            kind in LOCKED
            and self._database.execute(f"SELECT 1 FROM log WHERE reader = '' AND kind = '{END}'").fetchone()
        ):
            raise EndedError("The reading has ended: nothing is taken any more.", "a study that is still read")
        last = self._database.execute("SELECT n, hash FROM log ORDER BY n DESC LIMIT 1").fetchone()
        n, previous = last or (0, self._first)
        now = at if isinstance(at, datetime) else at()
        cells = (n + 1, now.isoformat(), kind, reader, item, _canonical(body))
        self._database.execute(
            f"INSERT INTO log ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*cells, link(previous, cells)),
        )

    def entries(self, kind: str = "", reader: str = "") -> list[Entry]:
        """Return the log in its order, of one kind or reader if given."""
        asked = {"kind": kind, "reader": reader}
        where = (
            " AND ".join(f"{name} = ?" for name, value in asked.items() if value) or "1"
        )  # so that it finds by index
        rows = self._rows(f"SELECT {COLUMNS} FROM log WHERE {where} ORDER BY n", *filter(None, asked.values()))
        return [Entry(n, at, what, who, item, _content(body), own) for n, at, what, who, item, body, own in rows]

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def verify(self) -> Entry | None:
        """Recompute the chain.

        Returns:
            Its last entry, None of an empty log.

        Raises:
            FailureError: naming the first entry that is not as it was written.
        """
        previous, last = self._first, None
        for n, (*cells, own) in enumerate(self._rows(f"SELECT {COLUMNS} FROM log ORDER BY n"), 1):
            if cells[0] != n or link(previous, cells) != own:
                raise FailureError(
                    f"Entry {n} of {self.path} is not as it was written: the chain is broken.",
                    "a log that nobody changed",
                    "go back to a copy of the study folder",
                )
            previous, last = own, cells
        if last is None:
            return None
        n, at, kind, reader, item, body = last
        return Entry(n, at, kind, reader, item, _content(body), previous)

    def holds(self, head: str) -> bool:
        """Return whether a noted head is an entry of this log, or its beginning; 16 digits of the check sum suffice."""
        number, _, digits = head.rpartition(":")
        known = {0: self._first} | dict(self._rows("SELECT n, hash FROM log"))
        found = [n for n, own in known.items() if len(digits) >= SHORTEST and own.startswith(digits)]
        return bool(found) and number in ("", str(found[0]))


def open_record(folder: Path, protocol: str, write: bool = False) -> Record:
    """Open the log of a study that was served, to read it if nothing else is asked for.

    Raises:
        UsageError: if it was never served.
    """
    if not (folder / LOG).is_file():
        raise UsageError(f"{folder} has no answers yet.", "a study that was served", "vcem study serve")
    return Record(folder, protocol, write)


def _canonical(body: dict[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _content(body: str) -> dict[str, Any]:
    """Return a stored body; an empty one if it is none, as in a log that was written by other hands."""
    try:
        content = json.loads(body)
    except (ValueError, TypeError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def link(previous: str, cells: Sequence[Any]) -> str:
    """Return an entry's check sum: of the one before and of all its own cells."""
    return sha256_text("\x1f".join([previous, *map(str, cells)]))
