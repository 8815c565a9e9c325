"""Both images of a pair decoded and registered, many pairs at once."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcem.core.arrays import Grey
from vcem.core.errors import FailureError
from vcem.core.files import sha256
from vcem.core.pictures import full_scale, is_picture, read_picture
from vcem.dicom.read import read_dicom
from vcem.ingest.register import Registration, register

Watch = Callable[[Iterable["Reading | str"], int], Iterable["Reading | str"]]


@dataclass(frozen=True)
class Job:
    """What a worker needs to read one pair."""

    le: Path
    des: Path
    des_per_le: float = 1.0


@dataclass(frozen=True)
class Size:
    """Columns and rows of an image."""

    width: int
    height: int


@dataclass(frozen=True)
class Reading:
    """What a worker found: the registration, the sizes, and the check sums of both files."""

    registration: Registration
    le: Size
    des: Size
    sums: tuple[str, str]


def read_pair(job: Job) -> Reading | str:
    """Decode and register one pair, or return why it could not be read."""
    try:
        x, y = _grey(job.le), _grey(job.des)
        return Reading(register(x, y, job.des_per_le), _size(x), _size(y), (sha256(job.le), sha256(job.des)))
    except FailureError as error:
        return error.found


def read_pairs(jobs: list[Job], processes: int, watch: Watch) -> list[Reading | str]:
    """Decode and register all pairs, in the order given whatever the number of processes.

    Args:
        jobs: the pairs.
        processes: worker processes; 1 works in this one.
        watch: passes the readings through, for progress; told their number.

    Raises:
        FailureError: if a worker process was killed.
    """
    if processes <= 1 or len(jobs) < 2:
        return list(watch(map(read_pair, jobs), len(jobs)))
    return list(watch(_in_processes(jobs, min(processes, len(jobs))), len(jobs)))


def _in_processes(jobs: list[Job], processes: int) -> Iterator[Reading | str]:
    # fresh interpreters: a fork would copy whatever threads and locks this process holds
    fresh = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(processes, mp_context=fresh) as pool:
            yield from pool.map(read_pair, jobs, chunksize=4)
    except BrokenProcessPool as error:
        raise FailureError(
            "A worker process ended before its pair was read.",
            "workers that end by themselves; often the memory is full",
            "run it again with --jobs 1",
        ) from error


def _grey(path: Path) -> Grey:
    if not is_picture(path):
        return read_dicom(path).astype(np.float32)
    pixels = read_picture(path)
    return pixels.astype(np.float32) / np.float32(full_scale(pixels))


def _size(grey: Grey) -> Size:
    return Size(width=grey.shape[1], height=grey.shape[0])
