"""The secret behind the pseudonyms: 32 random bytes in a file that only its owner can read."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from vcem.core.errors import FailureError, UsageError

SIZE = 32
PRIVATE = 0o600


def read_key(path: Path, make: bool = False) -> bytes:
    """Read the key; if it is absent and `make` says so, make it. Two that make it at once get the same one.

    Raises:
        UsageError: if it is absent, of another size, or others can read it.
    """
    if make and not path.exists():
        write_private(path, secrets.token_bytes(SIZE), replace=False)
    expected = f"{SIZE} random bytes that only their owner can read"
    if not path.is_file():
        raise UsageError(f"There is no key file {path}.", expected, "make one with --make-key, and keep it safe")
    try:
        key, mode = path.read_bytes(), stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise UsageError(f"Key file {path} cannot be read: {error.strerror}.", expected) from error
    if len(key) != SIZE:
        raise UsageError(f"Key file {path} holds {len(key)} bytes.", expected, "name the right file")
    if mode & 0o077:
        raise UsageError(f"Others can read the key file {path} (mode {mode:03o}).", expected, f"chmod 600 {path}")
    return key


def write_private(path: Path, content: bytes, replace: bool = True) -> None:
    """Write a file of mode 0600, whole or not at all; it is never readable by others in between.

    Args:
        path: where to.
        content: all of it.
        replace: whether a file that is there already gives way; else it stays as it is.

    Raises:
        FailureError: if it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            partial.replace(path)
        else:
            with suppress(FileExistsError):
                os.link(partial, path)
            partial.unlink()
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise FailureError(f"{path} cannot be written: {error.strerror or error}.", "a folder you can write") from error


def refuse_inside(path: Path, folder: Path, what: str) -> None:
    """Refuse a secret file inside a folder that is made to be given away.

    Raises:
        UsageError: if `path` lies in `folder`.
    """
    if path.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"{what} {path} lies inside {folder}.",
            "a place outside of the folder that is released",
            "name another file",
        )
