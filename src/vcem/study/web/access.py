"""Who may read: personal links that work once, sessions that expire without losing work, and a brake on guessing.

Links and sessions are random and stored as check sums only: who reads the file cannot enter with it.
"""

import secrets
import sqlite3
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from threading import Lock

from vcem.core.database import connect
from vcem.core.errors import UsageError
from vcem.folders.study import ACCESS

IDLE = timedelta(hours=4)
NOTED = timedelta(minutes=1)  # how exactly the last sign of life is kept: each note is a write to the disk
LINK_LIFE = timedelta(days=60)
MOST_REMEMBERED = 10_000
SCHEMA = """
CREATE TABLE IF NOT EXISTS link (key TEXT PRIMARY KEY, reader TEXT NOT NULL, issued TEXT NOT NULL, used TEXT);
CREATE TABLE IF NOT EXISTS session (
  key TEXT PRIMARY KEY, reader TEXT NOT NULL, csrf TEXT NOT NULL, seen TEXT NOT NULL, display TEXT);
"""


@dataclass(frozen=True)
class Session:
    """A reader's open session. `csrf` must come with every change; `display` is empty until the screen was checked."""

    key: str
    reader: str
    csrf: str
    display: str


class Access:
    """The readers' links and sessions. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._lock = Lock()
        self._database: sqlite3.Connection = connect(folder / ACCESS, SCHEMA)

    def issue(self, reader: str, now: datetime) -> str:
        """Return a new link's secret; links of this reader that were not used yet end."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._database.execute("DELETE FROM link WHERE reader = ? AND used IS NULL", (reader,))
            self._database.execute("INSERT INTO link VALUES (?, ?, ?, NULL)", (_key(secret), reader, now.isoformat()))
        return secret

    def invited(self, reader: str) -> bool:
        """Return whether the reader was ever given a link."""
        with self._lock:
            return self._database.execute("SELECT 1 FROM link WHERE reader = ?", (reader,)).fetchone() is not None

    def holds(self, secret: str, now: datetime) -> str | None:
        """Return whose link it is, if it could still be used."""
        oldest = (now - LINK_LIFE).isoformat()
        with self._lock:
            row = self._database.execute(
                "SELECT reader FROM link WHERE key = ? AND used IS NULL AND issued > ?", (_key(secret), oldest)
            ).fetchone()
        return row[0] if row else None

    def enter(self, secret: str, now: datetime) -> str | None:
        """Use a link up and return the secret of a new session; None if the link is unknown, old or used."""
        oldest = (now - LINK_LIFE).isoformat()
        with self._lock:
            row = self._database.execute(
                "UPDATE link SET used = ? WHERE key = ? AND used IS NULL AND issued > ? RETURNING reader",
                (now.isoformat(), _key(secret), oldest),
            ).fetchone()
        return None if row is None else self.begin(row[0], now)

    def begin(self, reader: str, now: datetime, before: str = "") -> str:
        """Return the secret of a new session; `before` is the browser's last one, whose display check still holds."""
        session = secrets.token_urlsafe(32)
        with self._lock:
            row = self._database.execute(
                "SELECT display FROM session WHERE key = ? AND reader = ?", (_key(before), reader)
            ).fetchone()
            cells = (_key(session), reader, secrets.token_urlsafe(32), now.isoformat(), row[0] if row else None)
            self._database.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?)", cells)
        return session

    def session(self, secret: str, now: datetime) -> Session | None:
        """Return the session if it has not expired, and note that it is alive."""
        key = _key(secret)
        with self._lock:
            row = self._database.execute(
                "SELECT key, reader, csrf, display, seen FROM session WHERE key = ? AND seen > ?",
                (key, (now - IDLE).isoformat()),
            ).fetchone()
            if row and row[4] < (now - NOTED).isoformat():
                self._database.execute("UPDATE session SET seen = ? WHERE key = ?", (now.isoformat(), key))
        return Session(row[0], row[1], row[2], row[3] or "") if row else None

    def known(self, secret: str, reader: str) -> bool:
        """Return whether a browser's last session, expired or not, was this reader's."""
        with self._lock:
            row = self._database.execute(
                "SELECT 1 FROM session WHERE key = ? AND reader = ?", (_key(secret), reader)
            ).fetchone()
        return row is not None

    def end(self, session: Session) -> None:
        """End one session."""
        with self._lock:
            self._database.execute("DELETE FROM session WHERE key = ?", (session.key,))

    def revoke(self, reader: str) -> None:
        """End all sessions and links of a reader."""
        with self._lock:
            self._database.execute("DELETE FROM session WHERE reader = ?", (reader,))
            self._database.execute("DELETE FROM link WHERE reader = ? AND used IS NULL", (reader,))

    def doors(self, reader: str, now: datetime) -> tuple[int, bool]:
        """Return how many sessions of a reader are open, and whether a link waits to be used."""
        counts = (
            ("SELECT count(*) FROM session WHERE reader = ? AND seen > ?", now - IDLE),
            ("SELECT count(*) FROM link WHERE reader = ? AND used IS NULL AND issued > ?", now - LINK_LIFE),
        )
        with self._lock:
            sessions, links = (self._database.execute(q, (reader, t.isoformat())).fetchone()[0] for q, t in counts)
        return sessions, links > 0

    def note_display(self, session: Session, display: str) -> None:
        """Keep that this session's screen was checked."""
        with self._lock:
            self._database.execute("UPDATE session SET display = ? WHERE key = ?", (display, session.key))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


class Brake:
    """At most so many failed entries in some time by whoever is named, such as an address."""

    def __init__(self, most: int = 10, within: timedelta = timedelta(minutes=1)) -> None:
        self._most, self._within = most, within
        self._failed: dict[str, deque[datetime]] = {}
        self._lock = Lock()

    def stops(self, address: str, now: datetime) -> bool:
        """Return whether this address failed too often of late."""
        with self._lock:
            recent = self._failed.get(address)
            return recent is not None and sum(at >= now - self._within for at in recent) >= self._most

    def failed(self, address: str, now: datetime) -> None:
        """Count a failed entry."""
        with self._lock:
            if len(self._failed) >= MOST_REMEMBERED:  # made-up names must not fill the memory
                self._failed = {k: v for k, v in self._failed.items() if v[-1] >= now - self._within}
            self._failed.setdefault(address, deque(maxlen=self._most)).append(now)


def same(expected: str, given: str) -> bool:
    """Compare secrets in constant time."""
    return compare_digest(expected.encode(), given.encode())


def _key(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def to_invite(readers: tuple[str, ...], access: Access, asked: tuple[str, ...]) -> list[str]:
    """Return who gets a new link: who was asked for, and who never had one.

    Raises:
        UsageError: if someone asked for is not a reader of the study.
    """
    unknown = [name for name in asked if name not in readers]
    if unknown:
        raise UsageError(f"{unknown[0]} is not a reader of this study.", f"one of {', '.join(readers)}")
    return [name for name in readers if name in asked or not access.invited(name)]
