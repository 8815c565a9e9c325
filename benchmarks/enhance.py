"""Seconds an image of `vcem enhance` beside the plain torch loop, and whether memory stays flat.

    python benchmarks/enhance.py [--images 12] [--size 256] [--threads 2]

The images are simulated LE files of 2850 x 2396 pixels and 12 bits, uncompressed; the model is the Pix2Pix of
the paper in full width with untrained weights, which cost the same as trained ones. The peer runs the same
network on the same prepared images that already lie in memory: no decoding, no breast mask, no way back to the native
grid, no file. Both are warm: the first image of each counts for nothing.
"""

import argparse
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

from vcem.core.files import write_json, write_text
from vcem.core.terms import Energy, Side, View
from vcem.dicom.header import Image, Study
from vcem.dicom.uids import uid_for
from vcem.dicom.vendors import read_rules
from vcem.dicom.write import write_mammogram
from vcem.evaluate.enhance import enhance
from vcem.evaluate.enhanced import Format, Output
from vcem.evaluate.enhancer import load_enhancer
from vcem.methods import build
from vcem.train import rundir
from vcem.train.recipe import load

ROWS, COLUMNS = 2850, 2396
RECIPE = Path(__file__).parents[1] / "recipes" / "strict" / "pix2pix.toml"
IMAGE = Image(
    uid="", series_uid=uid_for(0, "series"), frame_uid=uid_for(0, "frame"), series=1, number=1, energy=Energy.LE,
    side=Side.LEFT, view=View.CC, late=False, spacing_mm=0.1, paddle_mm=55.0, taken_s=36420, window=(2048.0, 4096.0),
    comment="vcem simulation",
)  # fmt: skip


def write_images(folder, count):
    v, u = np.mgrid[:ROWS, :COLUMNS]
    breast = np.hypot(u / 1700, (v - ROWS / 2) / 1200) < 1
    texture = ndimage.zoom(np.random.default_rng(0).normal(size=(190, 160)), (15, 15), order=1)[:ROWS, :COLUMNS]
    stored = np.where(breast, 1800 + 300 * texture, 0).clip(0, 4095).astype(np.uint16)
    study = Study("S0001", 58, uid_for(0, "study"), "20240305", 36000, 36300)
    for i in range(count):
        write_mammogram(
            folder / f"{i:04d}.dcm", stored, study, replace(IMAGE, uid=uid_for(0, "image", i), number=i + 1)
        )


def write_run(folder, size):
    write_text(folder / rundir.RECIPE, RECIPE.read_text().replace("size = 256", f"size = {size}"))
    recipe = load(folder / rundir.RECIPE)
    facts = {"kind": rundir.KIND, "fold": 0, "origin": "simulated", "finished": True}
    write_json(folder / rundir.RUN, facts)
    torch.manual_seed(0)
    rundir.save_best(folder, build(recipe.method, recipe.size).nets)
    return folder


def plain(enhancer, size, count):
    """Seconds an image of the network alone."""
    images = torch.rand(count, 1, 1, size, size)
    mask = torch.ones(1, 1, size, size)
    enhancer.predict(images[0], mask)
    began = time.perf_counter()
    for x in images:
        enhancer.predict(x, mask)
    return (time.perf_counter() - began) / count


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=12)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        write_images(work / "in", args.images + 1)
        enhancer = load_enhancer(write_run(work / "run", args.size))
        for output in (Output(), Output(Format.PNG, bits=8), Output(Format.PNG, bits=16)):
            stamps, peaks = [], []

            def watch(images, stamps=stamps, peaks=peaks):
                for image in images:
                    yield image
                    stamps.append(time.perf_counter())
                    peaks.append(peak_mib())

            enhance([work / "in"], enhancer, work / f"{output.format}{output.bits}", output, read_rules(), watch)
            seconds = np.diff(stamps)
            kind = output.format.value + (f" {output.bits} bit" if output.format is Format.PNG else "")
            spread = f"{seconds.min():.2f} to {seconds.max():.2f}, {len(seconds)} images"
            memory = f"peak memory {peaks[1]:.0f} MiB after 2 images, {peaks[-1]:.0f} at the end"
            print(f"{kind:12} {np.median(seconds):6.2f} s an image, median ({spread}); {memory}")
        alone = plain(enhancer, args.size, args.images)
    print(f"network alone {alone:5.2f} s an image, {args.threads} threads, {args.size} x {args.size}")


if __name__ == "__main__":
    main()
