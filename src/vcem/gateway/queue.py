"""The queue on disk: images on their way in, results on their way out, each with a state and the reason of it.

    image   waiting ─ study complete ─► ready ─► drawn        result  waiting ─► sent
               └── left out (never drawn from)   failed                 ├─► stored ─ commitment ─► sent
                                                                        ├─► dead (given up)
                                                                        └─► kept (dry run)

What a method has returned is on the disk. Every step can be done again after a kill: nothing is done twice by it.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from vcem.core.database import connect, transaction

FILE = "queue.sqlite"
WAITING, READY, DRAWN, LEFT_OUT, FAILED = "waiting", "ready", "drawn", "left out", "failed"
SENT, STORED, DEAD, KEPT = "sent", "stored", "dead", "kept"
UNKNOWN = "?"  # the digest of pixels that nobody could read
OPEN = (WAITING, READY, STORED)
"""States of which something is still to come."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS image (
  uid TEXT PRIMARY KEY, study TEXT NOT NULL, digest TEXT NOT NULL, pixels TEXT NOT NULL DEFAULT '',
  sender TEXT NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL DEFAULT '', tries INTEGER NOT NULL DEFAULT 0,
  due REAL NOT NULL DEFAULT 0, at REAL NOT NULL, changed REAL NOT NULL);
CREATE INDEX IF NOT EXISTS image_state ON image (state, due);
CREATE TABLE IF NOT EXISTS result (
  uid TEXT NOT NULL, destination TEXT NOT NULL, class TEXT NOT NULL, image TEXT NOT NULL, model TEXT NOT NULL,
  state TEXT NOT NULL, why TEXT NOT NULL DEFAULT '', tries INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL DEFAULT 0,
  at REAL NOT NULL, changed REAL NOT NULL, commitment TEXT NOT NULL DEFAULT '', PRIMARY KEY (uid, destination));
CREATE INDEX IF NOT EXISTS result_state ON result (state, destination, due);
CREATE INDEX IF NOT EXISTS result_image ON result (image);
"""


@dataclass(frozen=True)
class Image:
    """One image that came in. `digest` is of its bytes, `pixels` of its stored values, known once it was read."""

    uid: str
    study: str
    digest: str
    pixels: str
    sender: str
    state: str
    why: str
    tries: int
    due: float
    at: float
    changed: float


@dataclass(frozen=True)
class Result:
    """One object on its way to one destination; `model` says what drew it, `sop_class` what it is."""

    uid: str
    destination: str
    sop_class: str
    image: str
    model: str
    state: str
    why: str
    tries: int
    due: float
    at: float
    changed: float
    commitment: str


class Queue:
    """An open queue. Safe to use from several threads and processes. Times are seconds since 1970."""

    def __init__(self, folder: Path) -> None:
        self._lock = Lock()
        self._database = connect(folder / FILE, SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # images

    def add(self, image: Image) -> None:
        """Take an image in; one of that UID must not be there."""
        self._write("INSERT INTO image VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *vars(image).values())

    def image(self, uid: str) -> Image | None:
        """Return an image by its UID."""
        return next(iter(self.images("uid = ?", uid)), None)

    def images(self, where: str = "1", *cells: object, most: int = -1) -> list[Image]:
        """Return images in the order of their coming."""
        query = f"SELECT * FROM image WHERE {where} ORDER BY at, uid LIMIT ?"
        return [Image(*row) for row in self._rows(query, *cells, most)]

    def complete(self, now: float, quiet_s: float, limit_s: float) -> list[str]:
        """Make the waiting images ready of studies to which nothing came for a while; return these studies.

        A clock that was set back completes a study too soon rather than never.
        """
        studies = self._rows(
            "SELECT study FROM image WHERE state = 'waiting' GROUP BY study HAVING max(at) <= ? OR min(at) <= ? "
            "OR max(at) > ? ORDER BY min(at)", now - quiet_s, now - limit_s, now)  # fmt: skip
        for (study,) in studies:
            self._write(
                "UPDATE image SET state = 'ready', changed = ? WHERE study = ? AND state = 'waiting'", now, study
            )
        return [study for (study,) in studies]

    def next_image(self, now: float) -> Image | None:
        """Return the image to draw from next."""
        return next(iter(self.images("state = 'ready' AND due <= ?", now, most=1)), None)

    def drawn(self, uid: str, results: Iterable[Result], now: float) -> None:
        """Note that an image was drawn from, and what is to be sent; results that are there stay as they are."""
        with self._lock, transaction(self._database):
            done = self._database.execute(
                "UPDATE image SET state = 'drawn', why = '', changed = ? WHERE uid = ? AND state = 'ready'", (now, uid)
            )
            if done.rowcount:  # otherwise it was dropped while it was drawn from
                marks = ", ".join("?" * 12)
                rows = [tuple(vars(result).values()) for result in results]
                self._database.executemany(f"INSERT OR IGNORE INTO result VALUES ({marks})", rows)

    def set_image(self, uid: str, state: str, why: str, now: float, **cells: object) -> None:
        """Set the state of an image with its reason, and other cells."""
        self._set("image", {"state": state, "why": why, "changed": now, **cells}, "uid = ?", uid)

    def is_image(self, uid: str) -> bool:
        """Return whether a UID is that of an image that came in."""
        return bool(self._rows("SELECT 1 FROM image WHERE uid = ?", uid))

    def note_pixels(self, uid: str, digest: str) -> None:
        """Keep what tells an image from another when its file is gone."""
        self._set("image", {"pixels": digest}, "uid = ?", uid)

    # results

    def results(self, where: str = "1", *cells: object, most: int = -1) -> list[Result]:
        """Return results in the order of their making."""
        query = f"SELECT * FROM result WHERE {where} ORDER BY at, uid LIMIT ?"
        return [Result(*row) for row in self._rows(query, *cells, most)]

    def is_result(self, uid: str) -> bool:
        """Return whether a UID is that of something that this gateway made."""
        return bool(self._rows("SELECT 1 FROM result WHERE uid = ? LIMIT 1", uid))

    def to_send(self, destination: str, now: float, most: int) -> list[Result]:
        """Return what is due for a destination."""
        return self.results("destination = ? AND state = 'waiting' AND due <= ?", destination, now, most=most)

    def to_ask(self, destination: str) -> list[Result]:
        """Return what a destination has, and was not yet asked to keep."""
        return self.results("destination = ? AND state = 'stored' AND commitment = ''", destination)

    def stored(self, destination: str, before: float) -> list[Result]:
        """Return what a destination was asked to keep before a time, and has not promised to."""
        return self.results(
            "destination = ? AND state = 'stored' AND commitment != '' AND changed < ?", destination, before
        )

    def asked(self, transaction: str) -> list[Result]:
        """Return what is open of a transaction of storage commitment."""
        return self.results("commitment = ? AND state = 'stored'", transaction)

    def set_result(self, result: Result, state: str, why: str, now: float, **cells: object) -> None:
        """Set the state of a result with its reason, and other cells."""
        columns = {"state": state, "why": why, "changed": now, **cells}
        self._set("result", columns, "uid = ? AND destination = ?", result.uid, result.destination)

    # what is over

    def finished(self, before: float) -> list[str]:
        """Return the images that were drawn from or left out, and all of whose results were sent, before a time."""
        return self._uids(
            "SELECT uid FROM image WHERE state IN ('drawn', 'left out') AND changed < ? AND pixels = '' AND NOT EXISTS "
            "(SELECT 1 FROM result WHERE result.image = image.uid AND state != 'sent')", before,
        )  # fmt: skip

    def delivered(self, before: float) -> list[str]:
        """Return the results that every destination had before a time."""
        return self._uids(
            "SELECT uid FROM result GROUP BY uid HAVING sum(state != 'sent') = 0 AND max(changed) < ?", before
        )

    def over(self, before: float) -> list[str]:
        """Return the images with which nothing happened since a time, nor is to happen."""
        return self._uids(
            "SELECT uid FROM image WHERE state NOT IN ('waiting', 'ready') AND changed < ? AND NOT EXISTS (SELECT 1 "
            "FROM result WHERE result.image = image.uid AND (state IN ('waiting', 'stored') OR changed >= ?))",
            before, before,
        )  # fmt: skip

    def _uids(self, query: str, *cells: object) -> list[str]:
        return [uid for (uid,) in self._rows(query, *cells)]

    # all

    def counts(self) -> dict[tuple[str, str], int]:
        """Return the number of rows by kind and state."""
        rows = [(kind, *row) for kind in ("image", "result")
                for row in self._rows(f"SELECT state, count(*) FROM {kind} GROUP BY state")]  # fmt: skip
        return {(kind, state): count for kind, state, count in rows}

    def oldest(self) -> float | None:
        """Return since when the oldest open job is there."""
        marks = ", ".join("?" * len(OPEN))
        rows = [row for kind in ("image", "result")
                for row in self._rows(f"SELECT min(at) FROM {kind} WHERE state IN ({marks})", *OPEN)]  # fmt: skip
        return min((at for (at,) in rows if at is not None), default=None)

    def again(self, uids: Sequence[str], now: float) -> int:
        """Put what failed, was given up or was kept into the queue again, all of it or these; return how many.

        An image that was left out is looked at again only if it is named.
        """
        failed = "('failed', 'left out')" if uids else "('failed')"
        chosen, either = _among(uids, "uid"), _among(uids, "uid", "image")
        return self._write(
            f"UPDATE image SET state = 'ready', why = '', tries = 0, due = 0, at = ?, changed = ? "
            f"WHERE state IN {failed} AND {chosen}", now, now, *uids,
        ) + self._write(
            f"UPDATE result SET state = 'waiting', why = '', tries = 0, due = 0, at = ?, changed = ? "
            f"WHERE state IN ('dead', 'kept') AND {either}", now, now, *uids, *uids,
        )  # fmt: skip

    def drop(self, uids: Sequence[str]) -> int:
        """Forget images, with their results, or single results; return how many rows went."""
        chosen, either = _among(uids, "uid"), _among(uids, "uid", "image")
        return self._write(f"DELETE FROM result WHERE {either}", *uids, *uids) + self._write(
            f"DELETE FROM image WHERE {chosen}", *uids
        )

    def _set(self, table: str, columns: Mapping[str, object], where: str, *cells: object) -> None:
        named = ", ".join(f"{name} = ?" for name in columns)
        self._write(f"UPDATE {table} SET {named} WHERE {where}", *columns.values(), *cells)

    def _write(self, statement: str, *cells: object) -> int:
        with self._lock, transaction(self._database):
            return self._database.execute(statement, cells).rowcount

    def _rows(self, query: str, *cells: object) -> list[tuple[Any, ...]]:
        with self._lock:
            cursor: sqlite3.Cursor = self._database.execute(query, cells)
            return cursor.fetchall()


def _among(uids: Sequence[str], *columns: str) -> str:
    if not uids:
        return "1"
    marks = ", ".join("?" * len(uids))
    return "(" + " OR ".join(f"{column} IN ({marks})" for column in columns) + ")"
