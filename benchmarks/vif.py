"""VIF of a batch of images, per image: ours, by NumPy and by torch, against piq.vif_p, on the same batch and threads.

    python benchmarks/vif.py [--images 32] [--size 256] [--threads 1]

piq convolves each windowed mean with its full two-dimensional window; ours multiplies with banded matrices, one axis at
a time. vcem scores by NumPy, and by torch on a GPU. Rounds alternate, so that another load on the machine meets all;
the median round of each counts. One thread unless told: threads that wait for one another measure the other load.
"""

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median

import torch
from threadpoolctl import threadpool_limits
from torch.nn.functional import avg_pool2d

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from piq_alone import load_piq
from vcem.metrics.vif import vif

vif_p = load_piq().vif_p


def breasts(images, size):
    """Return half-disc breasts of smooth texture on black, and noisy copies."""
    torch.manual_seed(0)
    v, u = torch.meshgrid(torch.arange(size) / size - 0.5, torch.arange(size) / size, indexing="ij")
    mask = torch.hypot(u, v) < 0.45
    y = avg_pool2d(torch.rand(images, 1, size + 8, size + 8), 9, 1) * mask
    return y, (0.8 * y + 0.05 * torch.rand_like(y) * mask).clamp(0, 1)


def seconds(function):
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=32)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    y, y_hat = breasts(args.images, args.size)
    arrays = y.numpy(), y_hat.numpy()
    ways = [partial(vif_p, y_hat, y, reduction="none"), partial(vif, *arrays), partial(vif, y, y_hat)]
    with threadpool_limits(args.threads, "blas"):
        peer, *ours = (torch.as_tensor(way()) for way in ways)
        rounds = [[seconds(way) for way in ways] for _ in range(args.rounds)]
    piq, *vcem = (1000 * median(column) / args.images for column in zip(*rounds, strict=True))
    print(f"{args.images} images of {args.size} x {args.size}, {args.threads} thread(s)")
    print(f"piq.vif_p {piq:.2f} ms an image")
    for name, time_ms, values in zip(("NumPy", "torch"), vcem, ours, strict=True):
        difference = (values - peer).abs().max().item()
        print(f"vcem by {name} {time_ms:.2f} ms, largest difference {difference:.1e}, ratio {piq / time_ms:.1f}")


if __name__ == "__main__":
    main()
