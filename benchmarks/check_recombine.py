"""DES of `vcem recombine` against the true iodine, beside the plain subtraction and the simulator's own DES.

    vcem simulate SIM --patients 8 --seed 11 --raw
    python benchmarks/check_recombine.py SIM... [--weight thickness|fit]

For every view: the slope is the contrast of each enhancing lesion (its area against a ring of 5 mm around it) over the
true one, by least squares through 0. At 0 mg/cm2 is every pixel of less than 0.02 mg/cm2, in the rim (0 to 10 mm from
the skin line that recombine finds) and further in: the spread of DES about the median of the breast. Noise is the
standard deviation of what is finer than 2 mm, deep in the breast and outside lesions. Medians over views, in mg/cm2.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from vcem.core.files import read_csv
from vcem.core.terms import Side
from vcem.dicom.raw import read_raw
from vcem.dicom.read import read_spacing, read_stored
from vcem.simulate.acquire import Acquisition
from vcem.simulate.raw_pair import Steps, recombine_raw
from vcem.simulate.skin import find_breast
from vcem.simulate.truth import oriented

PLAIN = Steps(scatter=False, thickness=False, noise_reduction=False, flattening=False)
RIM_MM, RING_MM, GRAIN_MM, NONE_MG_CM2 = 10.0, 5.0, 2.0, 0.02


@dataclass(frozen=True)
class View:
    """What is true of a view, the chest wall at column 0."""

    iodine: np.ndarray
    lesion: np.ndarray
    breast: np.ndarray
    distance: np.ndarray
    spacing_mm: float


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("simulations", type=Path, nargs="+")
    parser.add_argument("--weight", choices=("thickness", "fit"), default="thickness")
    args = parser.parse_args()
    found = {"vcem recombine": [], "plain subtraction": [], "the simulator's own": []}
    contrasts = {name: [] for name in found}
    rows = [(root, row) for root in args.simulations for row in read_csv(root / "views.csv")]
    for root, row in rows:
        view, images = images_of(root, row, Steps(args.weight))
        for name, des in zip(found, images, strict=True):
            found[name].append(residue(view, des))
            contrasts[name] += lesions(view, des)
    print(f"{len(rows)} views, {len(contrasts['vcem recombine'])} enhancing lesions, weight {args.weight}")
    print("| DES | slope | error of a lesion | rim at 0 | inner at 0 | noise |\n|---|--:|--:|--:|--:|--:|")
    for name, values in found.items():
        true, shown = np.array(contrasts[name]).T
        slope = float(true @ shown / (true @ true))
        error = float(np.median(np.abs(shown - true)))
        cells = [slope, error, *np.nanmedian(np.array(values), axis=0)]
        print(f"| {name} | {' | '.join(f'{c:.3f}' for c in cells)} |", flush=True)


def images_of(root, row, steps):
    side = Side(row["side"])
    raws = [oriented(read_raw(root / row[name], side).signal, side) for name in ("le_raw", "he_raw")]
    spacing_mm, paddle_mm = read_spacing(root / row["le_raw"]), float(row["paddle_mm"])
    paths = Acquisition().paths(paddle_mm)
    full, plain = (recombine_raw(tuple(raws), spacing_mm, paddle_mm, paths, s).des for s in (steps, PLAIN))
    own = (oriented(read_stored(root / row["des"]), side).astype(np.float32) - 2000) / 36
    with np.load(root / row["truth"]) as truth:
        iodine, lesion, thickness = (oriented(truth[n], side) for n in ("iodine", "lesion", "thickness"))
    _, distance = find_breast(raws[0], spacing_mm)
    return View(iodine, lesion, (thickness > 0) & (distance > 0), distance, spacing_mm), (full, plain, own)


def residue(view, des):
    """Return the spread at 0 mg/cm2 in the rim and further in, and the noise."""
    empty = view.breast & (view.iodine < NONE_MG_CM2)
    level = np.median(des[view.breast])
    rim, inner = empty & (view.distance < RIM_MM), empty & (view.distance >= RIM_MM)
    grain = des - ndimage.gaussian_filter(des, GRAIN_MM / view.spacing_mm)
    quiet = view.breast & (view.distance > 2 * RIM_MM) & (view.lesion == 0)
    spread = [float(np.sqrt(np.mean((des[part] - level) ** 2))) if part.any() else np.nan for part in (rim, inner)]
    return *spread, float(grain[quiet].std()) if quiet.any() else np.nan


def lesions(view, des):
    """Return true and shown contrast of every lesion that enhances and has breast around it."""
    pairs = []
    for number in np.unique(view.lesion[view.lesion > 0]):
        area = view.lesion == number
        around = ndimage.binary_dilation(area, iterations=round(RING_MM / view.spacing_mm))
        ring = around & ~ndimage.binary_dilation(area, iterations=2) & view.breast & (view.lesion == 0)
        true = view.iodine[area].mean() - view.iodine[ring].mean() if ring.sum() > 20 else 0.0
        if true > 0.1:
            pairs.append((true, des[area].mean() - des[ring].mean()))
    return pairs


if __name__ == "__main__":
    main()
