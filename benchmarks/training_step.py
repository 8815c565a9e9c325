"""A training step of each method at 256 x 256, against the same networks and losses in plain float32 eager PyTorch.

The peer is what the authors' code does on a CPU (plain_methods.py): contiguous layout, torch's own layers, one
forward for each image that a loss needs, weight gradients for the discriminators on both turns, Adam as torch gives
it. Each side has a process of its own, because ours also tells the C library to keep freed memory; with --same-memory
the peer does so too, and what is left is the gain of fewer products (nets/fast), which keeps its place while it is
1.4 times for two of the three methods. Methods without a plain peer are not measured. Both begin with the same
weights, see the same pairs, and their first losses are compared. They take their steps in turn, so that whatever else
the machine does meets both; the ratio is of the median steps.

    python benchmarks/training_step.py [METHOD ...] [--batch N] [--steps N] [--threads N] [--cpu-time] [--same-memory]
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from plain_methods import STEPS, plain_nets

from vcem.data.augment import Augment
from vcem.data.batches import Part, Plan, batch_at
from vcem.methods import METHODS
from vcem.methods.method import Batch, Group
from vcem.methods.optimiser import Adam
from vcem.train.memory import keep_freed_memory
from vcem.train.step import Stepper

SIZE = 256
RATIO, METHODS_ENOUGH, INPUT_SHARE = 1.4, 2, 0.02
BATCH = {"autoencoder": 8, "pix2pix": 8, "cyclegan": 1}
PAPER = Augment(probability=0.297, shift=0.1, zoom=0.1, rotation_deg=15.0)


class Took(NamedTuple):
    """Seconds of the input pipeline and of the step, and the sum of the losses."""

    input: float
    step: float
    loss: float


def main() -> None:
    args = arguments()
    print(f"torch {torch.__version__}, {args.threads} thread(s), {SIZE} x {SIZE}, float32")
    ratios = [compare(name, args.batch or BATCH[name], args) for name in args.methods or STEPS]
    reach = sum(ratio >= RATIO for ratio in ratios)
    print(f"{reach} of {len(ratios)} reach {RATIO}; {METHODS_ENOUGH} of {len(STEPS)} are asked for")


def compare(name: str, size: int, args: argparse.Namespace) -> float:
    """Run both sides, print what a step of each took, and return the ratio."""
    spawn = multiprocessing.get_context("spawn")
    ends = {}
    for side in ("peer", "ours"):
        ends[side], theirs = spawn.Pipe()
        spawn.Process(target=work, args=(theirs, side, name, size, args), daemon=True).start()
    took: dict[str, list[Took]] = {side: [] for side in ends}
    for step in range(args.steps + 1):
        for side, end in ends.items():
            end.send(step)
            took[side].append(end.recv())
    for end in ends.values():
        end.send(None)
    first = {side: steps[0].loss for side, steps in took.items()}
    if abs(first["peer"] - first["ours"]) > 1e-3 * abs(first["peer"]):
        raise SystemExit(f"{name}: the two do not compute the same: {first}")
    return show(name, size, {side: np.median([t[:2] for t in steps[1:]], axis=0) for side, steps in took.items()})


def show(name: str, size: int, median: dict[str, Any]) -> float:
    ratio, share = median["peer"][1] / median["ours"][1], median["ours"][0] / median["ours"][1]
    print(
        f"{name:12} batch {size}: {size / median['ours'][1]:.2f} pairs/s, plain {size / median['peer'][1]:.2f}: "
        f"ratio {ratio:.2f}; input {100 * share:.2f} % of a step, "
        f"{'under' if share < INPUT_SHARE else 'over'} {100 * INPUT_SHARE:.0f} %",
        flush=True,
    )
    return ratio


def work(end: Connection, side: str, name: str, size: int, args: argparse.Namespace) -> None:
    """Take the steps asked for, in a process of one side alone."""
    torch.set_num_threads(args.threads)
    clock = time.process_time if args.cpu_time else time.perf_counter
    part, plan = pairs(size), Plan(0, 0, size, PAPER)
    if args.same_memory:
        keep_freed_memory()
    take = stepping(side, name)
    while (step := end.recv()) is not None:
        begun = clock()
        batch = Batch(*batch_at(part, plan, 1 + step, 0))
        decoded = clock()
        torch.manual_seed(step)
        loss = take(batch)
        end.send(Took(decoded - begun, clock() - decoded, loss))


def stepping(side: str, name: str) -> Callable[[Batch], float]:
    torch.manual_seed(0)
    entry = METHODS[name]
    method = entry.method(entry.recipe(kind=name), (SIZE, SIZE))
    if side == "ours":
        stepper = Stepper(method, torch.device("cpu"))
        return lambda batch: sum(stepper.take(batch).values())
    nets = plain_nets(method)
    return STEPS[name](nets, {whose: unfused_adam(nets, group) for whose, group in method.groups.items()})


def unfused_adam(nets: torch.nn.ModuleDict, group: Group) -> torch.optim.Adam:
    weights = [p for name in group.nets for p in nets[name].parameters()]
    a = cast(Adam, group.optimiser)
    return torch.optim.Adam(weights, lr=a.lr, betas=(a.beta1, a.beta2), weight_decay=a.weight_decay)


def pairs(n: int) -> Part:
    rng = np.random.default_rng(0)
    x, y = (rng.random((n, SIZE, SIZE), dtype=np.float32) for _ in range(2))
    return Part(tuple(f"P{i}_L_CC" for i in range(n)), tuple(range(n)), x, y, np.ones(x.shape, bool))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("methods", nargs="*", choices=[*STEPS, []])
    parser.add_argument("--batch", type=int)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--cpu-time", action="store_true", help="time of the CPU in place of the clock's")
    parser.add_argument("--same-memory", action="store_true", help="have the peer keep freed memory too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
