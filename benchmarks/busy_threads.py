"""Training on a busy machine: one thread, two that spin while they wait, two that sleep.

    python benchmarks/busy_threads.py [--seconds 8] [--others 3]

The demo's CycleGAN at 96 x 96 in batches of 8, each way in a process of its own, beside `others` that compute.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
WAYS = {"1 thread": ("1", "PASSIVE"), "2 that spin": ("2", ""), "2 that sleep": ("2", "PASSIVE")}
SPIN = "while True: pass"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--others", type=int, default=3)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(f"{pairs_per_s(args.seconds):.2f} pairs/s")
        return
    others = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(args.others)]
    try:
        for way, (threads, policy) in WAYS.items():
            print(f"{way:13}", end="", flush=True)
            told = {"OMP_NUM_THREADS": threads} | (
                {"OMP_WAIT_POLICY": policy} if policy else {}
            )  # spinning is the default
            words = [sys.executable, __file__, "--measure", "--seconds", str(args.seconds)]
            subprocess.run(words, env={**environment(), **told}, check=True)
    finally:
        for other in others:
            other.kill()


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}


def pairs_per_s(seconds: float) -> float:
    import torch
    from training_step import pairs

    from vcem.data.batches import Plan, batch_at
    from vcem.methods import build
    from vcem.methods.method import Batch
    from vcem.train.recipe import load
    from vcem.train.step import Stepper

    recipe = load(ROOT / "recipes" / "demo" / "cyclegan.toml")
    torch.manual_seed(0)
    stepper = Stepper(build(recipe.method, recipe.size), torch.device("cpu"))
    size = recipe.training.batch
    part, plan, done = pairs(size), Plan(0, 0, size, recipe.augment), 0
    part = type(part)(part.pairs, part.rows, *(a[:, : recipe.size, : recipe.size] for a in (part.x, part.y, part.mask)))
    stepper.take(Batch(*batch_at(part, plan, 0, 0)))
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds:
        done += 1
        stepper.take(Batch(*batch_at(part, plan, done, 0)))
    return done * size / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
