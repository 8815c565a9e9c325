"""One process per folder, on one machine and over machines that share a file system.

Two things hold a folder. The system's lock ends with its process, however that ends; but on many shared file systems it
holds on one machine only. So a claim lies beside it: a file that names machine and process, made so that only one can
make it, and touched every few seconds. A claim of this machine whose lock is free is one of a dead process. A claim of
another machine counts as dead when it was watched for a minute and nobody touched it.

Assumed of a shared file system: a file is made by one only (O_EXCL), and a change by one machine is seen by another
that opens the file within the minute. A process that is frozen for longer loses its folder; as every unit writes the
same bytes, whole or not at all, two at work on one folder then waste time and harm nothing.
"""

import fcntl
import os
import platform
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from vcem.core.errors import UsageError

HOLDER = ".holder"
BEAT_S, SILENT_S = 5.0, 60.0  # how often a claim is touched, and after how long without it is a dead one
_patient: ContextVar[bool] = ContextVar("patient", default=False)


def wait_for_others() -> None:
    """Have this process wait from now on for a folder that another one holds, in place of refusing."""
    _patient.set(True)


@contextmanager
def locked(folder: Path, doing: str) -> Iterator[None]:
    """Make a folder and hold it.

    Partial files that a killed process left are removed.

    Raises:
        UsageError: if another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file, _claimed(file.fileno(), folder / HOLDER, folder, doing):
        for left in folder.glob(".*.partial"):
            left.unlink(missing_ok=True)
        yield


@contextmanager
def held(folder: Path, doing: str) -> Iterator[None]:
    """Make a folder and hold it without a file in it, for folders that are given away; the claim lies beside it.

    Raises:
        UsageError: if another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = folder.resolve()
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with _claimed(descriptor, place.with_name(f".{place.name}{HOLDER}"), folder, doing):
            yield
    finally:
        os.close(descriptor)


@contextmanager
def _claimed(descriptor: int, claim: Path, folder: Path, doing: str) -> Iterator[None]:
    refusal = UsageError(f"Another process is {doing} in {folder}.", "one process per folder", "wait for it or stop it")
    locks = _lock(descriptor, refusal)
    own = f"{_machine()} {os.getpid()} {time.time_ns()}"
    try:
        _take(claim, own, locks, refusal)
    except PermissionError:
        yield  # beside this folder nothing may be made: the system's lock is all there is
        return
    over = threading.Event()
    threading.Thread(target=_beat, args=(claim, own, over), daemon=True).start()
    try:
        yield
    finally:
        over.set()
        if _read(claim) == own:
            claim.unlink(missing_ok=True)


def _lock(descriptor: int, refusal: UsageError) -> bool:
    """Take the system's lock; return whether this file system has one."""
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except (BlockingIOError, PermissionError) as error:
            if not _patient.get():
                raise refusal from error
            told = told or _tell(refusal)
            time.sleep(min(1.0, BEAT_S))
        except OSError:
            return False  # file systems of some networks cannot lock


def _take(claim: Path, own: str, locks: bool, refusal: UsageError) -> None:
    """Make the claim, or take over one whose process is dead."""
    told = False
    while not _made(claim, own):
        other = _read(claim)
        if locks and other.partition(" ")[0] == _machine():
            claim.write_text(own, "utf-8")  # it would hold the lock if it lived
            return
        if not claim.exists():
            continue
        if _silent(claim) and _read(claim) == other:
            claim.write_text(own, "utf-8")
            time.sleep(min(1.0, BEAT_S))  # another that found it dead too writes meanwhile, and the last one has it
            if _read(claim) == own:
                return
        elif not _patient.get():
            raise refusal
        else:
            told = told or _tell(refusal)


def _machine() -> str:
    """Return what names this machine and no other: where locks of the system hold."""
    booted = Path("/proc/sys/kernel/random/boot_id")
    return booted.read_text("utf-8").strip() if booted.is_file() else platform.node()


def _made(claim: Path, own: str) -> bool:
    try:
        with claim.open("x", encoding="utf-8") as file:
            file.write(own)
    except FileExistsError:
        return False
    return True


def _read(claim: Path) -> str:
    try:
        return claim.read_text("utf-8")
    except OSError:
        return ""


def _silent(claim: Path) -> bool:
    """Watch a claim; return whether nobody touched it, by this machine's clock and no other's."""
    seen, until = _touched(claim), time.monotonic() + SILENT_S
    while time.monotonic() < until:
        time.sleep(BEAT_S / 5)
        if _touched(claim) != seen:
            return False
    return True


def _touched(claim: Path) -> int:
    try:
        with claim.open("rb") as file:  # opening asks the server; a name alone may be answered from a cache
            return os.fstat(file.fileno()).st_mtime_ns
    except OSError:
        return 0


def _beat(claim: Path, own: str, over: threading.Event) -> None:
    while not over.wait(BEAT_S) and _read(claim) == own:
        with suppress(OSError):
            os.utime(claim)


def _tell(refusal: UsageError) -> bool:
    sys.stderr.write(f"{refusal.found} Waiting for it.\n")
    return True
