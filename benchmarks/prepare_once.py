"""Import and prepare once, read the cache every epoch; against decoding anew each epoch, as the authors' code does.

    python benchmarks/prepare_once.py CDD-CESM-FOLDER [--epochs 100]

The peer decodes each JPEG with Pillow, pads it to a square, scales it by its own minimum and maximum in float64 and
resizes it with OpenCV's INTER_LINEAR, for every image in every epoch; it runs as many processes as ours.
"""

import argparse
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from vcem.cli.main import main as vcem
from vcem.folders.catalogue import read_catalogue
from vcem.folders.prepared import open_store


def anew(path, size):
    """Return one image as the authors' loader makes it."""
    grey = np.asarray(Image.open(path).convert("L")).astype(float)
    rows, columns = grey.shape
    square = np.pad(grey, ((0, max(columns - rows, 0)), (0, max(rows - columns, 0))))
    scaled = (square - square.min()) / (square.max() - square.min())
    return cv2.resize(scaled, (size, size)).astype(np.float32)


def epoch_anew(paths, size, jobs):
    began = time.perf_counter()
    with ProcessPoolExecutor(jobs) as pool:
        total = sum(float(image[0, 0]) for image in pool.map(partial(anew, size=size), paths, chunksize=16))
    return time.perf_counter() - began, total


def epoch_cached(folder):
    began = time.perf_counter()
    store = open_store(folder)
    order = np.random.default_rng(0).permutation(len(store.pairs))
    for start in range(0, len(order), 16):
        rows = np.sort(order[start : start + 16])
        for array in (store.x, store.y):
            np.ascontiguousarray(array[rows])
    return time.perf_counter() - began


def once(source, work, size, jobs):
    began = time.perf_counter()
    vcem(["import", "cdd-cesm", str(source), str(work / "catalogue"), "--jobs", str(jobs)])
    middle = time.perf_counter()
    vcem(
        [
            "prepare",
            str(work / "catalogue"),
            str(work / "prepared"),
            "--frame",
            "field",
            "--size",
            str(size),
            "--jobs",
            str(jobs),
        ]
    )
    return middle - began, time.perf_counter() - middle


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        importing, preparing = once(args.source, work, args.size, args.jobs)
        catalogue = read_catalogue(work / "catalogue")
        paths = [catalogue.source / p for pair in catalogue.pairs for p in (pair.le, pair.des)]
        peer = float(np.median([epoch_anew(paths, args.size, args.jobs)[0] for _ in range(3)]))
        ours = float(np.median([epoch_cached(work / "prepared") for _ in range(5)]))
    images, epochs = len(paths), args.epochs
    whole_ours, whole_peer = importing + preparing + epochs * ours, epochs * peer
    print(f"{images} images at {args.size} x {args.size}, {args.jobs} processes")
    print(f"import (with registration) {importing:.1f} s, prepare {preparing:.1f} s, then {ours:.3f} s an epoch")
    print(f"anew each epoch: {peer:.2f} s an epoch")
    print(
        f"images/s over {epochs} epochs: {images * epochs / whole_ours:.0f} against {images * epochs / whole_peer:.0f}"
    )
    print(f"ratio over {epochs} epochs: {whole_peer / whole_ours:.1f}; of one epoch once prepared: {peer / ours:.0f}")
    print(f"prepared once pays from epoch {int((importing + preparing) / (peer - ours)) + 1} on")


if __name__ == "__main__":
    main()
