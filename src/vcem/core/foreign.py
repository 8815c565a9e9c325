"""Errors of the system and of libraries as messages of ours: the one place where they become words.

What is not here is a fault of the program, and its traceback is wanted.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vcem.core.errors import FailureError, UsageError, VcemError

FULL = (errno.ENOSPC, errno.EDQUOT)
CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
WRONG_NAMES = {
    errno.ENOTDIR: "a folder: a part of that path is a file",
    errno.EEXIST: "a folder, or a name that is free: a file is there",
    errno.EISDIR: "a file: a folder is there",
    errno.ENOENT: "something that is there",
    errno.ENAMETOOLONG: "names of 255 bytes at most, paths of 4095",
    errno.ELOOP: "a path whose links come to an end",
}
INSTALLED_BY = {
    "pynetdicom": "pip install 'vcem[gateway]'",
    "torch": "pip install 'vcem[torch]'",
    "onnx": "pip install 'vcem[onnx]'",
    "onnxscript": "pip install 'vcem[onnx]'",
    "onnxruntime": "pip install 'vcem[onnx]'",
    "dask": "pip install 'vcem[cluster]'",
    "distributed": "pip install 'vcem[cluster]'",
}


def message_of(error: BaseException, path: Path | None = None) -> VcemError | None:
    """Return what a foreign error says to the user, None if it is none of the system's.

    Args:
        error: whatever was raised.
        path: what was being written, where the error names none or a temporary neighbour of it.
    """
    if isinstance(error, VcemError):
        return error
    if no_memory(error):
        first = (str(error).splitlines() or [""])[0]
        return FailureError(f"The memory is full: {first or type(error).__name__}.", "room for one unit of work",
                            "fewer --jobs, a smaller --size or smaller batches, or another device")  # fmt: skip
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
        return _of_system(error, path)
    if isinstance(error, ImportError):
        return _of_import(error)
    if isinstance(error, UnicodeError):
        where = f"{path}: " if path else ""
        return UsageError(f"{where}a name or a text cannot be read or written: {error}.", "text in UTF-8")
    return None


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Raise what the system says of the work on `path` as an error of ours.

    Raises:
        UsageError: if a path cannot be one.
        FailureError: if the disk or the memory is full, or something is closed to this user.
    """
    try:
        yield
    except (OSError, MemoryError) as error:
        message = message_of(error, path)
        if message is None:
            raise
        raise message from error


def no_memory(error: BaseException) -> bool:
    """Return whether memory ran out: Python's, NumPy's, or torch's on a CPU or a GPU."""
    if isinstance(error, MemoryError) or "OutOfMemoryError" in type(error).__name__:
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and ("not enough memory" in text or "can't allocate memory" in text)


def _of_system(error: OSError, path: Path | None) -> VcemError:
    given = path or error.filename or "a file"
    name = _short(given.decode(errors="replace") if isinstance(given, bytes) else str(given))
    what = "written" if path else "used"
    if error.errno in FULL or (path and error.errno is None):  # NumPy does not say why a write was cut short
        return FailureError(
            f"The disk is full: {name} was not written.",
            "free space for it; what was already there is unchanged",
            "free some space and run the same command again",
        )
    if error.errno in WRONG_NAMES:
        return UsageError(f"{name} cannot be {what}: {error.strerror}.", WRONG_NAMES[error.errno], "name another path")
    expected = "a path that is open to this user" if error.errno in CLOSED else "a disk and a system that allow it"
    return FailureError(f"{name} cannot be {what}: {error.strerror or error}.", expected)


def _of_import(error: ImportError) -> VcemError | None:
    package = (error.name or "").partition(".")[0]
    if package in ("", "vcem"):
        return None
    how = INSTALLED_BY.get(package, f"pip install {package}, or install vcem again with all that it needs")
    return UsageError(f"This needs the package {package}, which cannot be loaded: {error}.", f"{package}", how)


def _short(name: str) -> str:
    return name if len(name) < 300 else f"{name[:120]}...{name[-60:]}"
