"""A training step of each method at 256 x 256, against the same networks and losses in plain float32 eager PyTorch.

The peer is what the authors' code does on a CPU (plain_methods.py): contiguous layout, torch's own layers, one forward
for each image that a loss needs, weight gradients for the discriminators on both turns, Adam as torch gives it. Both
sides begin with the same weights, see the same pairs, and their first losses are compared. Their steps are timed in
turn, so that whatever else the machine does meets both; the ratio is of the fastest steps.

    python benchmarks/training_step.py [METHOD ...] [--batch N] [--steps N] [--threads N] [--cpu-time]
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from plain_methods import STEPS, plain_nets

from vcem.data.augment import Augment
from vcem.data.batches import Part, Plan, batch_at
from vcem.methods import METHODS
from vcem.methods.method import Batch, Group
from vcem.train.step import Stepper

SIZE = 256
TARGET, SHARE = 1.6, 0.02
BATCH = {"autoencoder": 8, "pix2pix": 8, "cyclegan": 1}
PAPER = Augment(probability=0.297, shift=0.1, zoom=0.1, rotation_deg=15.0)


def main() -> None:
    args = arguments()
    if args.threads:
        torch.set_num_threads(args.threads)
    clock = time.process_time if args.cpu_time else time.perf_counter
    print(f"torch {torch.__version__}, {torch.get_num_threads()} thread(s), {SIZE} x {SIZE}, float32")
    for name in args.methods or METHODS:
        compare(name, args.batch or BATCH[name], args.steps, clock)


def compare(name: str, size: int, steps: int, clock: Callable[[], float]) -> None:
    part, plan = pairs(size), Plan(0, 0, size, PAPER)
    torch.manual_seed(0)
    entry = METHODS[name]
    method = entry.method(entry.recipe(kind=name), SIZE)
    nets = plain_nets(method)
    adam = {whose: unfused_adam(nets, group) for whose, group in method.groups.items()}
    peer = STEPS[name](nets, adam)
    stepper = Stepper(method, torch.device("cpu"))

    def ours(batch: Batch) -> float:
        return sum(stepper.take(batch).values())

    times: dict[str, list[float]] = {"ours": [], "peer": [], "input": []}
    for step in range(steps + 1):
        batch = timed(times["input"], clock, lambda step=step: Batch(*batch_at(part, plan, 1 + step, 0)))
        losses = []
        for label, side in (("peer", peer), ("ours", ours)):
            torch.manual_seed(step)
            losses.append(timed(times[label], clock, lambda side=side, batch=batch: side(batch)))
        if step == 0 and abs(losses[0] - losses[1]) > 1e-3 * abs(losses[0]):
            raise SystemExit(f"{name}: the two do not compute the same: {losses}")
    best = {label: min(seconds[1:]) for label, seconds in times.items()}
    ratio, share = best["peer"] / best["ours"], float(np.median(times["input"][1:])) / best["ours"]
    speed = {label: size / seconds for label, seconds in best.items()}
    print(
        f"{name:12} batch {size}: {speed['ours']:.2f} pairs/s, plain {speed['peer']:.2f}: ratio {ratio:.2f}, "
        f"{'reaches' if ratio >= TARGET else 'falls short of'} {TARGET}; "
        f"input {100 * share:.2f} % of a step, {'under' if share < SHARE else 'over'} {100 * SHARE:.0f} %",
        flush=True,
    )


def unfused_adam(nets: torch.nn.ModuleDict, group: Group) -> torch.optim.Adam:
    weights = [p for name in group.nets for p in nets[name].parameters()]
    a = group.adam
    return torch.optim.Adam(weights, lr=a.lr, betas=(a.beta1, a.beta2), weight_decay=a.weight_decay)


def timed(times: list[float], clock: Callable[[], float], work: Callable[[], Any]) -> Any:
    begun = clock()
    result = work()
    times.append(clock() - begun)
    return result


def pairs(n: int) -> Part:
    rng = np.random.default_rng(0)
    x, y = (rng.random((n, SIZE, SIZE), dtype=np.float32) for _ in range(2))
    return Part(tuple(f"P{i}_L_CC" for i in range(n)), tuple(range(n)), x, y, np.ones(x.shape, bool))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("methods", nargs="*", choices=[*METHODS, []])
    parser.add_argument("--batch", type=int)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--cpu-time", action="store_true", help="time of the CPU in place of the clock's")
    return parser.parse_args()


if __name__ == "__main__":
    main()
