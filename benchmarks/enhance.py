"""Seconds an image of `vcem enhance` beside a plain torch loop that does the same without it, and peak memory.

    python benchmarks/enhance.py [--images 12] [--size 256] [--threads 2] [--onnx]

The images are simulated LE files of 2850 x 2396 pixels and 12 bits, uncompressed; the model is the Pix2Pix of the paper
in full width with untrained weights, which cost the same as trained ones. The plain loop reads each file with pydicom,
applies its window, pads and reduces it, runs the same network, enlarges, and writes the source's header with the new
pixels: no check of the header, no breast mask, no lineage, no check sum, no resuming. The two take turns, image by
image, and both are warm: the first image of each counts for nothing. --onnx adds the same model through ONNX Runtime.
"""

import argparse
import re
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import torch
from scipy import ndimage
from torch.nn import functional

from vcem.apply.enhance import enhance
from vcem.apply.enhanced import Format, Output
from vcem.apply.enhancer import load_enhancer
from vcem.apply.export import About, export
from vcem.core.files import write_text
from vcem.core.terms import Energy, Side, View
from vcem.dicom.header import Image, Study
from vcem.dicom.uids import uid_for
from vcem.dicom.vendors import read_rules
from vcem.dicom.write import write_mammogram
from vcem.folders.model import Form
from vcem.folders.run import KIND, RECIPE, write_facts
from vcem.methods import build
from vcem.train import rundir
from vcem.train.recipe import load

ROWS, COLUMNS = 2850, 2396
RECIPES = Path(__file__).parents[1] / "recipes"
IMAGE = Image(
    uid="", series_uid=uid_for(0, "series"), frame_uid=uid_for(0, "frame"), series=1, number=1, energy=Energy.LE,
    side=Side.LEFT, view=View.CC, late=False, spacing_mm=0.1, paddle_mm=55.0, taken_s=36420, window=(2048.0, 4096.0),
    comment="vcem simulation",
)  # fmt: skip


def write_images(folder, count, shape=(ROWS, COLUMNS)):
    rows, columns = shape
    v, u = np.mgrid[:rows, :columns]
    breast = np.hypot(u / (0.71 * columns), (v - rows / 2) / (0.42 * rows)) < 1
    texture = ndimage.zoom(np.random.default_rng(0).normal(size=(190, 190)), max(shape) / 189, order=1)[:rows, :columns]
    stored = np.where(breast, 1800 + 300 * texture, 0).clip(0, 4095).astype(np.uint16)
    study = Study("S0001", 58, uid_for(0, "study"), "20240305", 36000, 36300)
    for i in range(count):
        write_mammogram(
            folder / f"{i:04d}.dcm", stored, study, replace(IMAGE, uid=uid_for(0, "image", i), number=i + 1)
        )


def write_run(folder, size, kind="strict"):
    given = (RECIPES / kind / "pix2pix.toml").read_text()
    write_text(folder / RECIPE, re.sub(r"^size = \d+", f"size = {size}", given, flags=re.MULTILINE))
    recipe = load(folder / RECIPE)
    facts = {"kind": KIND, "fold": 0, "origin": "simulated", "finished": True}
    write_facts(folder, facts)
    torch.manual_seed(0)
    rundir.save_best(folder, build(recipe.method, recipe.size).nets)
    return folder


def plain(path, network, size, out):
    """Enhance one file as a short script would."""
    ds = pydicom.dcmread(path)
    low = float(ds.WindowCenter) - float(ds.WindowWidth) / 2
    grey = torch.from_numpy(((ds.pixel_array.astype(np.float32) - low) / float(ds.WindowWidth)).clip(0, 1))
    rows, columns = grey.shape
    side = max(rows, columns)
    square = functional.pad(grey, (0, side - columns, 0, side - rows))[None, None]
    x = functional.interpolate(square, (size, size), mode="bilinear", antialias=True)
    with torch.inference_mode():
        y_hat = network(x)
    native = functional.interpolate(y_hat, (side, side), mode="bilinear")[0, 0, :rows, :columns]
    ds.PixelData = (native * 4095).round().numpy().astype(np.uint16).tobytes()
    ds.save_as(out)


def timed_plain(path, network, size, out):
    began = time.perf_counter()
    plain(path, network, size, out)
    return time.perf_counter() - began


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(work, enhancer, output, network):
    """Return seconds an image of ours and of the plain loop, in turns, and peak memory after each image."""
    ours, others, peaks = [], [], []

    def watch(images):
        for image in images:
            began = time.perf_counter()
            yield image
            ours.append(time.perf_counter() - began)
            peaks.append(peak_mib())
            others.append(timed_plain(image.header.path, network, enhancer.model.framing.size.rows, work / "plain.dcm"))

    name = f"{output.format}{output.bits}{'onnx' if enhancer.model.onnx else ''}"
    enhance([work / "in"], enhancer, work / name, output, read_rules(), watch)
    return np.array(ours[1:]), np.array(others[1:]), peaks


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=12)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--onnx", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)  # of the plain loop; ours predicts on one
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        write_images(work / "in", args.images + 1)
        run = write_run(work / "run", args.size)
        network = rundir.load_method(rundir.read_run(run)).nets["G"]
        tell(work, "torch", load_enhancer(run), network)
        if args.onnx:
            export(run, work / "model", Form.ONNX, About())  # from here on the peak is that of the export
            tell(work, "ONNX Runtime", load_enhancer(work / "model"), network)
    print(f"plain loop on {args.threads} threads, network at {args.size} x {args.size}")


def tell(work, runtime, enhancer, network):
    for output in (Output(), Output(Format.PNG, bits=8), Output(Format.PNG, bits=16)):
        ours, others, peaks = measure(work, enhancer, output, network)
        spread = f"{ours.min():.2f} to {ours.max():.2f}, {len(ours)} images"
        kind = output.format.value + (f" {output.bits} bit" if output.format is Format.PNG else "")
        memory = f"peak memory {peaks[1]:.0f} MiB after 2 images, {peaks[-1]:.0f} at the end"
        print(f"{runtime:13}{kind:11}{np.median(ours):5.2f} s an image, median ({spread}); {memory}")
        if output.format is Format.DICOM:
            print(f"{'':13}plain loop {np.median(others):5.2f} s, ratio {np.median(ours / others):.2f}")


if __name__ == "__main__":
    main()
