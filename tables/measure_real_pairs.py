"""Measure real LE/DES pairs: percentiles of the statistics that the simulator is held against.

    python tables/measure_real_pairs.py CATALOGUE SCALE_CSV

CATALOGUE is an imported release; SCALE_CSV says how far each image was reduced (columns image, scale). Writes
src/vcem/simulate/tables/realism.csv. Pairs that could not be registered do not count. The release states no pixel
spacing; its images are taken to be of 0.1 mm, the pitch of the detector.
"""

import csv
import sys
from pathlib import Path

import numpy as np
from scipy import ndimage

from vcem.core.files import write_csv
from vcem.core.pictures import full_scale, read_picture
from vcem.folders.catalogue import Pair, read_catalogue
from vcem.prepare.breast import breast_mask
from vcem.simulate.realism import PairStatistics, pair_statistics

NATIVE_MM = 0.1
TABLE = Path(__file__).parents[1] / "src" / "vcem" / "simulate" / "tables" / "realism.csv"
PERCENTILES = (5, 25, 50, 75, 95)


def display(path: Path) -> np.ndarray:
    """Return an image on the 8-bit scale."""
    pixels = read_picture(path)
    return (pixels * (255 / full_scale(pixels))).astype(np.float32)


def measure(source: Path, pair: Pair, spacing_mm: float) -> PairStatistics:
    """Measure one registered pair on the grid of its LE image."""
    le, des = display(source / pair.le), display(source / pair.des)
    moved = ndimage.shift(des, (-pair.dy_px, -pair.dx_px), order=1, cval=-1)
    over = np.full(le.shape, -1, np.float32)
    h, w = (min(a, b) for a, b in zip(le.shape, moved.shape, strict=True))
    over[:h, :w] = moved[:h, :w]
    breast = breast_mask(le / 255, pair.side) & (over >= 0)
    return pair_statistics(le, np.maximum(over, 0), breast, spacing_mm)


def main(catalogue: Path, scale_csv: Path) -> None:
    """Measure all pairs of a catalogue and write the table."""
    read = read_catalogue(catalogue)
    scale = {row["image"]: float(row["scale"]) for row in csv.DictReader(scale_csv.open(encoding="utf-8"))}
    pairs = [p for p in read.pairs if p.registered and p.des_per_le == 1.0]
    rows = [measure(read.source, p, NATIVE_MM / scale[Path(p.le).stem]).row() for p in pairs]
    table = []
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        values = values[np.isfinite(values)]
        found = {f"p{q:02d}": round(float(np.percentile(values, q)), 4) for q in PERCENTILES}
        table.append({"statistic": name, "pairs": values.size, **found})
    write_csv(TABLE, list(table[0]), table)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
