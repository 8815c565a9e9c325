"""Units for the engine's tests; worker processes import them from here."""

import os
import signal
import sys
import time
from pathlib import Path


class OutOfMemoryError(RuntimeError):
    """Named as torch's, which is a RuntimeError too."""


def unit(item):
    """Square a number, or fail in the way that a word says."""
    if isinstance(item, int):
        return item * item
    return _FAILURES[item]()


def _die():
    os.kill(os.getpid(), signal.SIGKILL)


def _raise():
    raise ZeroDivisionError("what is\nthis")


def _no_memory():
    raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")


def _ours():
    from vcem.core.errors import UsageError

    raise UsageError("this is wrong", "that")


_FAILURES = {"die": _die, "raise": _raise, "memory": _no_memory, "ours": _ours, "leave": sys.exit,
             "no-pickle": lambda: lambda: 0}  # fmt: skip


def slow(folder, item):
    """Tell who works on what and stay until the test ends it."""
    Path(folder, f"{item}").write_text(str(os.getpid()))
    time.sleep(300)


def threads(_):
    """Return what numeric libraries read when they are loaded."""
    return [os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")]


def process(_):
    """Return which process works."""
    return os.getpid()


def after_one(folder, item):
    """Stay with the item 1, be done with all others at once."""
    return slow(folder, item) if item == 1 else "first"
