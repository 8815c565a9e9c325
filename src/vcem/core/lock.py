"""One process per folder."""

import fcntl
import os
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
        _lock(file.fileno(), folder, doing)
        for left in folder.glob(".*.partial"):
            left.unlink()
        yield


@contextmanager
def held(folder: Path, doing: str) -> Iterator[None]:
    """Make a folder and hold it without a file in it, for folders that are given away.

    Raises:
        UsageError: if another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _lock(descriptor, folder, doing)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path, doing: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:
        raise UsageError(
            f"Another process is {doing} in {folder}.", "one process per folder", "wait for it or stop it"
        ) from error
    except OSError:
        return  # file systems of some networks cannot lock
