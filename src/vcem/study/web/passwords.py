"""Readers' passwords: kept as argon2id hashes only (RFC 9106), and tried at a pace that makes guessing useless.

An unknown name, a reader without a password and a wrong password take the same work and get the same answer, so that
nobody learns who reads.
"""

import secrets
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from vcem.core.database import connect
from vcem.core.errors import UsageError
from vcem.folders.study import ACCESS
from vcem.study.web.access import Brake

SHORTEST, LONGEST = 12, 200
QUARTER = timedelta(minutes=15)
SCHEMA = "CREATE TABLE IF NOT EXISTS password (reader TEXT PRIMARY KEY, hash TEXT NOT NULL, at TEXT NOT NULL)"


class Passwords:
    """The hashes beside the links. One guess is judged at a time: hashing takes 64 MiB each."""

    def __init__(self, folder: Path, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._lock = Lock()
        self._database = connect(folder / ACCESS, SCHEMA)
        self._nobody = self._hasher.hash(secrets.token_urlsafe(32))
        # one address may be a whole ward's: what it does wrong at one name does not stop the others
        self._brakes = {
            "browser": Brake(10, QUARTER),
            "address and name": Brake(10, QUARTER),
            "name": Brake(60, QUARTER),
            "address": Brake(100, timedelta(minutes=1)),
        }

    def set(self, reader: str, password: str, now: datetime) -> None:
        """Give a reader a new password.

        Raises:
            UsageError: if it is too easy to guess.
        """
        refuse_weak(reader, password)
        hashed = self._hasher.hash(_same_letters(password))
        with self._lock:
            self._database.execute(
                "INSERT OR REPLACE INTO password VALUES (?, ?, ?)", (reader, hashed, now.isoformat())
            )

    def clear(self, reader: str) -> None:
        """Take a reader's password away."""
        with self._lock:
            self._database.execute("DELETE FROM password WHERE reader = ?", (reader,))

    def has(self, reader: str) -> bool:
        """Return whether a reader has one."""
        with self._lock:
            return self._hash(reader) is not None

    def right(self, reader: str, password: str, address: str, now: datetime, browser: str = "") -> bool | None:
        """Judge a guess; None if there were too many of late.

        `browser` is the secret of an earlier session of this reader: such a browser is stopped by its own guesses only.
        """
        name = reader[:LONGEST]
        keys = {"browser": browser} if browser else {"address and name": f"{address} {name}"}
        keys |= {} if browser else {"name": name, "address": address}
        with self._lock:  # judged and counted in one piece: many guesses at once would slip past the brakes
            if any(self._brakes[what].stops(key, now) for what, key in keys.items()):
                return None
            known = self._hash(reader)
            right = self._fits(known or self._nobody, password) and known is not None
            for what, key in keys.items():
                if not right:
                    self._brakes[what].failed(key, now)
            return right

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, _same_letters(password[:LONGEST]))
        except (Argon2Error, InvalidHashError):
            return False

    def _hash(self, reader: str) -> str | None:
        row = self._database.execute("SELECT hash FROM password WHERE reader = ?", (reader,)).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def refuse_weak(reader: str, password: str) -> None:
    """Refuse what is guessed first.

    Raises:
        UsageError: if it is short, far too long, one letter over and over, or the reader's name.
    """
    plain = password.casefold()
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"A password of {len(password)} characters.", f"{SHORTEST} to {LONGEST}, such as four words")
    if len(set(plain)) < 5 or plain.replace(reader.casefold(), "").strip() == "":
        raise UsageError("This password is easy to guess.", "other than the name, and not one letter over and over")


def _same_letters(password: str) -> str:
    """Return one spelling of what looks alike: keyboards send accents as one or as two characters."""
    return unicodedata.normalize("NFKC", password)
