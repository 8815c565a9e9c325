"""The log of a study: append-only, each entry bound to the one before by a check sum, on disk before it is confirmed.

SQLite in WAL mode with synchronous = FULL: what was acknowledged survives the end of the process and of the power.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import sha256_text

FILE = "answers.sqlite"
ANSWER, BEGIN, SHOWN = "answer", "begin", "shown"
SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
  n INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, reader TEXT NOT NULL, item TEXT NOT NULL,
  body TEXT NOT NULL, hash TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS one_answer ON log (item) WHERE kind = 'answer';
CREATE INDEX IF NOT EXISTS by_reader ON log (reader, kind);
CREATE TRIGGER IF NOT EXISTS no_change BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER IF NOT EXISTS no_removal BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'append only'); END;
"""
COLUMNS = "n, at, kind, reader, item, body, hash"


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


class Record:
    """An open log. Safe to use from several threads."""

    def __init__(self, folder: Path, protocol: str) -> None:
        self.path = folder / FILE
        self._lock = Lock()
        self._database = connect(self.path)
        self._database.executescript(SCHEMA)
        self._first = protocol

    def append(self, at: datetime, kind: str, reader: str, item: str, body: dict[str, Any]) -> None:
        """Write one entry; when this returns, it is on the disk."""
        with self._lock, _transaction(self._database):
            self._insert(at, kind, reader, item, body)

    def answer(self, at: datetime, reader: str, item: str, body: dict[str, Any]) -> bool:
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
        with self._lock, _transaction(self._database):
            known = self._database.execute(
                "SELECT body FROM log WHERE item = ? AND kind = 'answer'", (item,)
            ).fetchone()
            if known is None:
                self._insert(at, ANSWER, reader, item, body)
                return True
        if json.loads(known[0])["answers"] != body["answers"]:
            raise UsageError("This case is answered already, and its answer is locked.", "an answer to the next case")
        return False

    def _insert(self, at: datetime, kind: str, reader: str, item: str, body: dict[str, Any]) -> None:
        last = self._database.execute("SELECT n, hash FROM log ORDER BY n DESC LIMIT 1").fetchone()
        n, previous = last or (0, self._first)
        cells = (n + 1, at.isoformat(), kind, reader, item, _canonical(body))
        self._database.execute(
            f"INSERT INTO log ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*cells, link(previous, cells)),
        )

    def entries(self, kind: str = "", reader: str = "") -> list[Entry]:
        """Return the log in its order, of one kind or reader if given."""
        with self._lock:
            rows = self._database.execute(
                f"SELECT {COLUMNS} FROM log WHERE ? IN ('', kind) AND ? IN ('', reader) ORDER BY n",
                (kind, reader),
            ).fetchall()
        return [Entry(n, at, what, who, item, json.loads(body), own) for n, at, what, who, item, body, own in rows]

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
        for n, entry in enumerate(self.entries(), 1):
            cells = (entry.n, entry.at, entry.kind, entry.reader, entry.item, _canonical(entry.body))
            if entry.n != n or link(previous, cells) != entry.hash:
                raise FailureError(
                    f"Entry {n} of {self.path} is not as it was written: the chain is broken.",
                    "a log that nobody changed",
                    "go back to a copy of the study folder",
                )
            previous, last = entry.hash, entry
        return last


def open_record(folder: Path, protocol: str) -> Record:
    """Open the log of a study that was served.

    Raises:
        UsageError: if it was never served.
    """
    if not (folder / FILE).is_file():
        raise UsageError(f"{folder} has no answers yet.", "a study that was served", "vcem study serve")
    return Record(folder, protocol)


def _canonical(body: dict[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def link(previous: str, cells: tuple[int, str, str, str, str, str]) -> str:
    """Return an entry's check sum: of the one before and of all its own cells."""
    return sha256_text("\x1f".join([previous, *map(str, cells)]))


def connect(path: Path) -> sqlite3.Connection:
    """Open an SQLite file that keeps what it confirmed.

    Raises:
        FailureError: if it cannot be opened.
    """
    try:
        database = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error as error:
        raise FailureError(f"{path} cannot be opened: {error}.", "an SQLite file in a folder to write to") from error
    return database


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
