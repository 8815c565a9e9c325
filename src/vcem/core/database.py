"""SQLite files that keep what they confirmed: on the disk when a transaction returns, whatever ends the process.

WAL mode with synchronous = FULL. Each entry is brought into the main file at once, so that a copy of that file alone
holds all that was acknowledged. Only who made a file can read it: what it keeps is of readers or of patients.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from vcem.core.errors import FailureError

PRIVATE = 0o600


def connect(path: Path, schema: str = "") -> sqlite3.Connection:
    """Open an SQLite file that keeps what it confirmed; without the schema of its tables it is only read.

    Raises:
        FailureError: if it cannot be opened.
    """
    try:
        if schema:
            _keep_private(path)
        # a closed file is read without locks, so that nothing is written beside it
        mode = "rwc" if schema else "ro" if path.with_name(f"{path.name}-wal").exists() else "ro&immutable=1"
        where = f"{path.resolve().as_uri()}?mode={mode}"
        with ExitStack() as stack:
            database = sqlite3.connect(where, timeout=10, isolation_level=None, check_same_thread=False, uri=True)
            stack.callback(database.close)
            if schema:
                for setting in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 1"):
                    database.execute(f"PRAGMA {setting}")
                database.executescript(schema)
            stack.pop_all()  # open for the caller, unless something failed
    except (sqlite3.Error, OSError) as error:
        raise FailureError(f"{path} cannot be opened: {error}.", "an SQLite file in a folder to write to") from error
    return database


def _keep_private(path: Path) -> None:
    """Make the file before SQLite does, which would let others read it; what it writes beside it has the same mode."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
    except FileExistsError:  # not opened: closing it again would take the locks of another connection away
        path.chmod(PRIVATE)


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Do a block whole or not at all.

    Raises:
        FailureError: if the file cannot be written.
    """
    try:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("COMMIT")
    except BaseException as error:
        if database.in_transaction:
            database.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError):  # not what a trigger or an index refuses
            raise FailureError(
                f"The database cannot be written: {error}.", "free space, and a folder to write to"
            ) from error
        raise
