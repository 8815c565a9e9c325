"""What comes in, from whichever door: looked at, put on the disk, queued; and why it was not.

One image is taken at a time, so that two senders of one UID cannot pass each other.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import time

from vcem.core.errors import FailureError, VcemError
from vcem.core.files import atomic, flush, sha256_bytes
from vcem.dicom.exchange import MAMMOGRAM, is_uid
from vcem.dicom.fitness import is_virtual
from vcem.dicom.read import pixel_digest
from vcem.dicom.scan import Header, Unreadable, read_header
from vcem.gateway.audit import Audit
from vcem.gateway.queue import LEFT_OUT, OPEN, UNKNOWN, WAITING, Image, Queue
from vcem.gateway.settings import Limits

IN, OUT = "in", "out"
# of the response to C-STORE (PS3.4 B.2.3)
TAKEN, FULL, MISMATCH, UNREADABLE, CONFLICT = 0x0000, 0xA700, 0xA900, 0xC000, 0xC001
MB = 2**20


@dataclass(frozen=True)
class Verdict:
    """What the sender hears, and why."""

    status: int
    why: str = ""


class _Stopped(Exception):  # noqa: N818 (no error: the way out of the block that would keep the file)
    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(verdict.why)


class Intake:
    """The one door in."""

    def __init__(self, folder: Path, queue: Queue, limits: Limits, audit: Audit) -> None:
        self.folder, self.queue, self.limits, self.audit = folder / IN, queue, limits, audit
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()

    def take(self, content: bytes, uid: str, sender: str) -> Verdict:
        """Take one file; a verdict of TAKEN means that it and its row are on the disk, or were before.

        Args:
            content: a whole DICOM file.
            uid: SOP Instance UID as the sender names it.
            sender: who sends, for the log.
        """
        try:
            with self._lock:
                verdict = self._refusal(len(content), uid) or self._kept(content, uid, sender)
        except _Stopped as stopped:
            verdict = stopped.verdict
        except VcemError as error:  # the disk is full, or the queue cannot be written
            verdict = Verdict(FULL, error.found)
        image = uid if is_uid(uid) else "no UID"
        self.audit("received", image=image, sender=sender, status=f"{verdict.status:#06x}", why=verdict.why)
        return verdict

    def free_mb(self) -> float:
        """Return the free room of the disk."""
        return shutil.disk_usage(self.folder).free / MB

    def _refusal(self, size: int, uid: str) -> Verdict | None:
        if not is_uid(uid):
            return Verdict(UNREADABLE, "the SOP Instance UID is not a valid one")
        if size > self.limits.image_mb * MB:
            return Verdict(UNREADABLE, f"more than {self.limits.image_mb} MB")
        if self.free_mb() < self.limits.free_mb:
            return Verdict(FULL, f"less than {self.limits.free_mb:g} MB are free")
        counts = self.queue.counts()
        if sum(counts.get(("image", state), 0) for state in OPEN) >= self.limits.waiting:
            return Verdict(FULL, f"{self.limits.waiting} images are waiting")
        return None

    def _kept(self, content: bytes, uid: str, sender: str) -> Verdict:
        digest, place, now = sha256_bytes(content), self.folder / f"{uid}.dcm", time()
        known = self.queue.image(uid)
        if known and known.digest == digest:
            return Verdict(TAKEN, "the same image again")
        with atomic(place) as partial:
            partial.write_bytes(content)
            header = self._header(partial, uid)
            if known:
                self._compare(known, partial, place)
            state, why = (LEFT_OUT, self._loop(header)) if self._loop(header) else (WAITING, "")
            image = Image(uid, header.study, digest, "", sender, state, why, 0, 0, now, now)
            if state == LEFT_OUT:
                self.queue.add(image)
                raise _Stopped(Verdict(TAKEN, why))
        flush(place.parent)
        self.queue.add(image)
        return Verdict(TAKEN)

    def _header(self, path: Path, uid: str) -> Header:
        header = read_header(path.parent, path.name)
        if isinstance(header, Unreadable):
            raise _Stopped(Verdict(UNREADABLE, header.why))
        if header.uid != uid:
            raise _Stopped(Verdict(MISMATCH, "its SOP Instance UID is not the one that was sent with it"))
        if header.sop_class != MAMMOGRAM or header.modality != "MG":
            raise _Stopped(Verdict(MISMATCH, "no Digital Mammography X-Ray Image - For Presentation"))
        if not is_uid(header.study):
            raise _Stopped(Verdict(UNREADABLE, "the Study Instance UID is not a valid one"))
        return header

    def _compare(self, known: Image, new: Path, old: Path) -> None:
        """Stop where the image is known; pass only a whole one for one that came damaged."""
        pixels = _pixels(new)
        if pixels is None:
            raise _Stopped(Verdict(UNREADABLE, "its pixels cannot be decoded"))
        before = _pixels(old) if old.is_file() else known.pixels.strip(UNKNOWN) or pixels
        if before == pixels:
            raise _Stopped(Verdict(TAKEN, "the same image again, written otherwise"))
        if before is not None:
            raise _Stopped(Verdict(CONFLICT, "other pixels came under this UID before"))
        self.queue.drop([known.uid])

    def _loop(self, header: Header) -> str:
        """Return why an image must never be drawn from: it was drawn itself. Routers may have changed its marks."""
        if is_virtual(header.image_type):
            return "a virtual DES image"
        if "synthesizing equipment" in header.not_plain:
            return header.not_plain
        return "a result of this gateway" if self.queue.is_result(header.uid) else ""


def _pixels(path: Path) -> str | None:
    try:
        return pixel_digest(path)
    except FailureError:
        return None
