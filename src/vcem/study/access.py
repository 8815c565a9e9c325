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

from vcem.core.errors import UsageError
from vcem.study.record import connect

FILE = "access.sqlite"
IDLE = timedelta(hours=4)
LINK_LIFE = timedelta(days=60)
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
        self._database: sqlite3.Connection = connect(folder / FILE)
        self._database.executescript(SCHEMA)
        (folder / FILE).chmod(0o600)

    def issue(self, reader: str, now: datetime) -> str:
        """Return a new link's secret; links of this reader that were not used yet end."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._database.execute("DELETE FROM link WHERE reader = ? AND used IS NULL", (reader,))
            self._database.execute("INSERT INTO link VALUES (?, ?, ?, NULL)", (_key(secret), reader, now.isoformat()))
        return secret

    def invited(self, reader: str) -> bool:
        """Return whether the reader was ever given a link."""
        return self._finds("SELECT 1 FROM link WHERE reader = ?", reader)

    def holds(self, secret: str, now: datetime) -> bool:
        """Return whether a link could still be used."""
        oldest = (now - LINK_LIFE).isoformat()
        return self._finds("SELECT 1 FROM link WHERE key = ? AND used IS NULL AND issued > ?", _key(secret), oldest)

    def enter(self, secret: str, now: datetime) -> str | None:
        """Use a link up and return the secret of a new session; None if the link is unknown, old or used."""
        oldest = (now - LINK_LIFE).isoformat()
        with self._lock:
            row = self._database.execute(
                "UPDATE link SET used = ? WHERE key = ? AND used IS NULL AND issued > ? RETURNING reader",
                (now.isoformat(), _key(secret), oldest),
            ).fetchone()
            if row is None:
                return None
            session = secrets.token_urlsafe(32)
            cells = (_key(session), row[0], secrets.token_urlsafe(32), now.isoformat())
            self._database.execute("INSERT INTO session VALUES (?, ?, ?, ?, NULL)", cells)
        return session

    def session(self, secret: str, now: datetime) -> Session | None:
        """Return the session if it has not expired, and note that it is alive."""
        oldest = (now - IDLE).isoformat()
        with self._lock:
            row = self._database.execute(
                "UPDATE session SET seen = ? WHERE key = ? AND seen > ? RETURNING key, reader, csrf, display",
                (now.isoformat(), _key(secret), oldest),
            ).fetchone()
        return Session(row[0], row[1], row[2], row[3] or "") if row else None

    def note_display(self, session: Session, display: str) -> None:
        """Keep that this session's screen was checked."""
        with self._lock:
            self._database.execute("UPDATE session SET display = ? WHERE key = ?", (display, session.key))

    def _finds(self, query: str, *cells: str) -> bool:
        with self._lock:
            return self._database.execute(query, cells).fetchone() is not None

    def close(self) -> None:
        """Close the file."""
        self._database.close()


class Brake:
    """At most so many failed entries a minute from one address."""

    def __init__(self, most: int = 10) -> None:
        self._most = most
        self._failed: dict[str, deque[datetime]] = {}
        self._lock = Lock()

    def stops(self, address: str, now: datetime) -> bool:
        """Return whether this address failed too often in the last minute."""
        with self._lock:
            recent = self._failed.get(address, deque())
            while recent and recent[0] < now - timedelta(minutes=1):
                recent.popleft()
            if not recent:
                self._failed.pop(address, None)
            return len(recent) >= self._most

    def failed(self, address: str, now: datetime) -> None:
        """Count a failed entry."""
        with self._lock:
            self._failed.setdefault(address, deque(maxlen=self._most)).append(now)


def same(expected: str, given: str) -> bool:
    """Compare secrets in constant time."""
    return compare_digest(expected.encode(), given.encode())


def _key(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def to_invite(readers: tuple[str, ...], access: Access, asked: tuple[str, ...]) -> list[str]:
    """Return who gets a new link: who was asked for, and who never had one.

    Raises:
        UsageError: if someone asked for is no reader of the study.
    """
    unknown = [name for name in asked if name not in readers]
    if unknown:
        raise UsageError(f"{unknown[0]} is no reader of this study.", f"one of {', '.join(readers)}")
    return [name for name in readers if name in asked or not access.invited(name)]
