"""Pairs decoded and registered, of which only those are read whose files changed since the last time."""

from collections.abc import Callable, Sequence
from dataclasses import astuple
from importlib.metadata import version
from pathlib import Path

import vcem
from vcem.core.index import Index, code_key, stamp_of
from vcem.core.watch import Watch
from vcem.ingest.reading import Job, Reading, Size, read_pairs
from vcem.ingest.register import Registration

BATCH = 20  # pairs of full size take about a second each
_CODE = (
    "ingest/reading.py",
    "ingest/register.py",
    "core/pictures.py",
    "core/nrrd.py",
    "prepare/breast.py",
    "prepare/scale.py",
    "prepare/stretch.py",
)
_LIBRARIES = ("numpy", "scipy", "pydicom", "imagecodecs", "pillow", "pynrrd")


def open_index(path: Path, read_all: bool = False) -> Index:
    """Open the index of readings; `read_all` takes nothing from it."""
    below = Path(vcem.__file__).parent
    code = [*_CODE, *sorted(p.relative_to(below).as_posix() for p in (below / "dicom").glob("*.py"))]
    return Index(path, code_key(code, *(f"{name} {version(name)}" for name in _LIBRARIES)), read_all, BATCH)


def read_changed(jobs: Sequence[Job], index: Index, processes: int, watch: Watch) -> list[Reading | str]:
    """Decode and register the pairs of which a file is new or has changed, and return the readings of all.

    Args:
        jobs: the pairs.
        index: what was read before, and what is read now batch by batch.
        processes: worker processes; the result does not depend on it.
        watch: passes the new readings through, for progress; told their number.
    """
    stamps = [(name_of(job), _stamp(job)) for job in jobs]
    known = [index.has(name, stamp) for name, stamp in stamps]
    new = [(job, *key) for job, key, old in zip(jobs, stamps, known, strict=True) if not old]
    fresh = []
    found = read_pairs([job for job, *_ in new], processes, watch) if new else ()
    for (_, name, stamp), reading in zip(new, found, strict=True):
        if isinstance(reading, Reading):  # what could not be read is tried again
            index.put(name, stamp, astuple(reading))
        fresh.append(reading)
    left = iter(fresh)
    return [_reading(index, *key) if old else next(left) for key, old in zip(stamps, known, strict=True)]


def name_of(job: Job) -> str:
    """Return the name under which a pair's reading is kept."""
    return f"{job.le} {job.des} {job.des_per_le} {job.axes} {job.windows} {job.side}"


def _stamp(job: Job) -> str:
    try:
        return f"{stamp_of(job.le)} {stamp_of(job.des)}"
    except OSError:
        return ""  # known to no index: reading it tells why


def _reading(index: Index, name: str, stamp: str) -> Reading:
    registration, le, des, sums, at_wall, wrong, *overlaps = index.get(name, stamp)
    sizes = Size(*le), Size(*des)
    return Reading(Registration(*registration), *sizes, (sums[0], sums[1]), at_wall, tuple(wrong), *overlaps)


def kept_digest(index: Index, root: Path, of: Callable[[Path], str]) -> Callable[[str], str]:
    """Return `of` for files below a folder, asked only where a file is new or has changed."""

    def digest(name: str) -> str:
        kept, stamp = digest_name(name), stamp_of(root / name)
        if not index.has(kept, stamp):
            index.put(kept, stamp, of(root / name))
        return str(index.get(kept, stamp))

    return digest


def digest_name(name: str) -> str:
    """Return the name under which the check sum of a file's pixels is kept."""
    return f"pixels of {name}"
