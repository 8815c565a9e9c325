"""How long things stay: files of finished work for some days, rows so that nothing is done twice for a year.

What failed, was given up or was kept stays with its files as long as its row: somebody may put it into the queue again.
"""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic, time

from vcem.core.errors import FailureError
from vcem.dicom.read import pixel_digest
from vcem.gateway.audit import FOLDER, Audit
from vcem.gateway.intake import IN, OUT
from vcem.gateway.queue import UNKNOWN, Queue
from vcem.gateway.settings import Gateway

DAY_S, EVERY_S, ORPHAN_S = 86_400, 60.0, 3600


def sweep(folder: Path) -> None:
    """Remove what a killed gateway was just writing; the lock of the folder is held."""
    for name in (IN, OUT):
        for path in (folder / name).glob(".*.partial"):
            path.unlink(missing_ok=True)


class Keeper:
    """Removes what is over."""

    name = "keep"

    def __init__(self, gateway: Gateway, queue: Queue, audit: Audit) -> None:
        self._limits, self._queue, self._audit = gateway.limits, queue, audit
        self._in, self._out, self._logs = (gateway.folder / name for name in (IN, OUT, FOLDER))
        self._next = 0.0

    def step(self) -> bool:
        """Look once a minute; nothing is ever left to do."""
        if monotonic() >= self._next:
            self._next = monotonic() + EVERY_S
            self.tidy(time())
        return False

    def tidy(self, now: float) -> None:
        """Remove files and rows whose time is over, and files without a row."""
        before = now - self._limits.keep_days * DAY_S
        for image in self._queue.finished(before):
            self._let_go(image)
        for uid in self._queue.delivered(before):
            (self._out / f"{uid}.dcm").unlink(missing_ok=True)
        forgotten = self._queue.over(now - self._limits.rows_days * DAY_S)
        if forgotten:
            self._queue.drop(forgotten)
            self._audit("forgotten", images=forgotten)
        for path in self._orphans(now):
            path.unlink(missing_ok=True)
        for path in self._logs.glob("*.jsonl"):
            if path.stat().st_mtime < now - self._limits.rows_days * DAY_S:
                path.unlink(missing_ok=True)

    def _let_go(self, uid: str) -> None:
        """Remove an image's file, and keep what tells it from another under the same UID."""
        path = self._in / f"{uid}.dcm"
        try:
            digest = pixel_digest(path)
        except FailureError:
            digest = UNKNOWN  # there is no file, or it cannot be decoded
        self._queue.note_pixels(uid, digest)
        path.unlink(missing_ok=True)

    def _orphans(self, now: float) -> Iterator[Path]:
        """Yield files that a kill or a drop has left without a row; not those that are just being written."""
        for folder, known in ((self._in, self._queue.is_image), (self._out, self._queue.is_result)):
            for path in folder.glob("*") if folder.is_dir() else ():
                old = path.stat().st_mtime < now - ORPHAN_S
                if old and not known(path.name.removesuffix(".dcm")):
                    yield path
