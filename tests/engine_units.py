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


def speak(text):
    """Say something on stderr."""
    sys.stderr.write(text)


def wait_for(folder, item):
    """Tell that it has begun, and work until the file `go` is there."""
    Path(folder, item).touch()
    while not Path(folder, "go").exists():
        time.sleep(0.02)
    return item


def kill_worker(item):
    """Kill the worker whose process this is, or add 1."""
    if item == "poison":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    return item + 1


def once(folder, item):
    """Kill the worker at the first try of an item, then square it."""
    try:
        Path(folder, f"tried-{item}").touch(exist_ok=False)
    except FileExistsError:
        return item * item
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


def alone(folder, item):
    """Work in a folder that one process at a time may hold; return how many worked there before."""
    from vcem.core.lock import locked

    with locked(Path(folder), "working"):
        before = len(list(Path(folder).glob("was-*")))
        time.sleep(0.3)
        Path(folder, f"was-{item}").touch()
    return before
