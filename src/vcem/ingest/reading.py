"""Both images of a pair decoded and registered, many pairs at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcem.core.arrays import Grey, Regridded
from vcem.core.errors import FailureError
from vcem.core.files import sha256
from vcem.core.nrrd import Axes, is_nrrd, read_nrrd
from vcem.core.pictures import full_scale, is_picture, read_picture
from vcem.core.terms import Side
from vcem.core.watch import Watch
from vcem.dicom.read import read_dicom
from vcem.engine import Failed, How, each
from vcem.ingest.register import Registration, register
from vcem.prepare.breast import shown_side
from vcem.prepare.scale import Scale
from vcem.prepare.stretch import read_window

AIR = 10 / 255
EDGE_PX = 3


@dataclass(frozen=True)
class Job:
    """What a worker needs to read one pair; axes and windows (`center/width`) of NRRD files, which say neither.

    With `side`, DICOM is turned as its header says, and it is looked at whether the breast lies at that side's edge.
    """

    le: Path
    des: Path
    des_per_le: float = 1.0
    axes: Axes | None = None
    windows: tuple[str, str] = ("", "")
    side: Side | None = None


@dataclass(frozen=True)
class Size:
    """Columns and rows of an image."""

    width: int
    height: int


@dataclass(frozen=True)
class Reading:
    """What a worker found: the registration, the sizes, the check sums of both files, and where the breast lies.

    `wrong_side` names the images whose breast lies at the other side's edge, beyond doubt. `alike` is the Dice overlap
    of what is not air in LE and in DES as they lie, `turned` the best one with DES mirrored, upside down or both.
    """

    registration: Registration
    le: Size
    des: Size
    sums: tuple[str, str]
    at_wall: bool = True
    wrong_side: tuple[str, ...] = ()
    alike: float = 0.0
    turned: float = 0.0


def read_pair(job: Job) -> Reading | str:
    """Decode and register one pair, or return why it could not be read."""
    try:
        x, y = (_grey(path, window, job) for path, window in zip((job.le, job.des), job.windows, strict=True))
        at_wall = job.side is None or lies_at(x, job.side)
        wrong = tuple(name for name, image in (("LE", x), ("DES", y)) if shown_side(image) not in (None, job.side))
        return Reading(register(x, y, job.des_per_le), _size(x), _size(y), (sha256(job.le), sha256(job.des)), at_wall,
                       wrong if job.side else (), *_overlaps(x, y))  # fmt: skip
    except FailureError as error:
        return error.found


def read_pairs(jobs: list[Job], processes: int, watch: Watch) -> Iterator[Reading | str]:
    """Decode and register all pairs, in the order given whatever the number of processes.

    Args:
        jobs: the pairs.
        processes: worker processes; 1 works in this one.
        watch: passes the readings through, for progress; told their number.
    """
    found = each(read_pair, jobs, How(processes), lambda job: f"pair {job.le.name}, {job.des.name}")
    for r in watch(found, len(jobs)):
        yield r.reason if isinstance(r, Failed) else r


def lies_at(grey: Grey, side: Side) -> bool:
    """Return whether more of the image's edge at the chest wall shows tissue than of any other edge."""
    tissue = grey > AIR
    edges = {"left": tissue[:, :EDGE_PX], "right": tissue[:, -EDGE_PX:],
             "top": tissue[:EDGE_PX], "bottom": tissue[-EDGE_PX:]}  # fmt: skip
    wall = "left" if side is Side.LEFT else "right"
    return max(edges, key=lambda edge: float(edges[edge].mean())) == wall


def _overlaps(x: Grey, y: Regridded) -> tuple[float, float]:
    """Return the Dice overlap of what is not air, as the images lie and at best with DES turned; 0 on two grids."""
    if x.shape != y.shape:
        return 0.0, 0.0
    le, des = x > AIR, y > AIR
    both = max(1, int(le.sum()) + int(des.sum()))
    alike, *turned = (
        2 * int((le & des[::down, ::across]).sum()) / both for down, across in ((1, 1), (1, -1), (-1, 1), (-1, -1))
    )
    return alike, max(turned)


def _grey(path: Path, window: str, job: Job) -> Grey:
    if is_nrrd(path):
        return _through(path, window, job.axes)
    if not is_picture(path):
        return read_dicom(path, side=job.side).astype(np.float32)
    pixels = read_picture(path)
    return pixels.astype(np.float32) / np.float32(full_scale(pixels))


def _through(path: Path, window: str, axes: Axes | None) -> Grey:
    stretch = read_window(window)
    if axes is None or stretch is None:
        raise FailureError(f"{path}: the order of its axes or its window is not known.")
    values = read_nrrd(path, axes).astype(np.float32)
    low, high = stretch.center - stretch.width / 2, stretch.center + stretch.width / 2
    if values.min() > high or values.max() < low:
        raise FailureError(f"{path}: its values {values.min():g} to {values.max():g} lie outside its window {window}.")
    return np.clip(Scale(low, high).do(values), 0, 1)


def _size(grey: Grey) -> Size:
    return Size(width=grey.shape[1], height=grey.shape[0])
