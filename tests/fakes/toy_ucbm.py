"""A small fake of CESM@UCBM in the authors' names: made-up half discs as NRRD or DICOM, and their table of pairs."""

from pathlib import Path

import nrrd
import numpy as np
from scipy import ndimage

from toy_dicom import write
from vcem.core.keys import parse_pair
from vcem.core.seeds import rng_for
from vcem.core.terms import Energy, Side
from vcem.dicom.uids import uid_for

HEAD = "id\timg_x\timg_y\tr_l\twc_x\tww_x\twc_y\tww_y"
# two women, one with a late phase of two views; not in the order of names
IDS = ("P2_8_RCC", "P2_4_LMLO", "P1_22_RCC", "P1_32_RCC", "P1_26_RMLO", "P1_34_RMLO", "P1_24_LCC")
LE, DES = (2353.0, 750.0), (2105.0, 380.0)


def line(pair: str, le=LE, des=DES) -> str:
    """One row of the authors' table."""
    names = rf"Dataset\Low Energy\{pair}_LOW_ENERGY.nrrd", rf"Dataset\Recombined\{pair}_RECOMBINED.nrrd"
    return "\t".join([pair, *names, parse_pair(pair).side, *(f"{v:g}" for v in (*le, *des))])


def write_order(path: Path, ids=IDS) -> Path:
    """Write the authors' table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEAD, *map(line, ids)]) + "\n")
    return path


def stored(pair: str, energy: Energy, rows=90, columns=60) -> np.ndarray:
    """A half disc of tissue on the scale of the windows, at the edge of its side."""
    left = parse_pair(pair).side is Side.LEFT
    v, u = np.mgrid[:rows, :columns]
    breast = np.hypot((u if left else columns - 1 - u) / (0.8 * columns), (v - rows / 2) / (0.45 * rows)) < 1
    tissue = ndimage.gaussian_filter(rng_for(0, "ucbm", pair).normal(size=breast.shape), 2) * 3
    (centre, width), gain = (DES, 0.15) if energy is Energy.DES else (LE, 0.25)
    grey = np.where(breast, centre + gain * width * tissue, centre - width / 2 - (energy is Energy.LE) * 1000)
    return grey.round().astype(np.uint16)


def write_nrrd(folder: Path, ids=IDS, rows_first=False, rows=90, columns=60) -> Path:
    """Write the images in the authors' folders; columns first as imaging programs do, or as pynrrd saves an array."""
    for pair in ids:
        for energy, below, name in ((Energy.LE, "Low Energy", "LOW_ENERGY"), (Energy.DES, "Recombined", "RECOMBINED")):
            path = folder / "Dataset" / below / f"{pair}_{name}.nrrd"
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = stored(pair, energy, rows, columns)
            nrrd.write(str(path), pixels if rows_first else pixels.T, {"encoding": "raw"})
    return folder


def write_dicom(folder: Path, ids=IDS, tags=None) -> Path:
    """Write the images as DICOM of the same names; acquisitions of one view are eight minutes apart."""
    for number, pair in enumerate(ids):
        key = parse_pair(pair)
        for energy, name, window in ((Energy.LE, "LOW_ENERGY", LE), (Energy.DES, "RECOMBINED", DES)):
            changes = {
                "uid": uid_for(2, pair, energy), "frame_uid": uid_for(2, pair), "window": window,
                "taken_s": 36000 + 480 * number,
            }  # fmt: skip
            given = {"StudyInstanceUID": uid_for(2, key.patient), "PatientID": key.patient, **(tags or {})}
            write(folder / f"{pair}_{name}.dcm", energy, key.side, key.view, tags=given, **changes)
    return folder
