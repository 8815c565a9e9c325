"""One process a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vcem.core.errors import UsageError


@contextmanager
def locked(folder: Path, doing: str) -> Iterator[None]:
    """Make a folder and hold it; the lock ends with the process, however that ends.

    Partial files that a killed process left are removed.

    Raises:
        UsageError: if another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                f"Another process is {doing} in {folder}.", "one process a folder", "wait for it or stop it"
            ) from error
        for left in folder.glob(".*.partial"):
            left.unlink()
        yield
