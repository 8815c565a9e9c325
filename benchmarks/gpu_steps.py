"""Training steps of recipes as they train on a device, against the same ones in plain float32 eager PyTorch.

    python benchmarks/gpu_steps.py [RECIPE ...] [--device cuda] [--steps 20] [--set FIELD=VALUE ...]

Both sides begin with the same weights and see the same pairs of noise, each with a lesion. "As trained" is the recipe's
precision (bfloat16 by autocast where the device multiplies it faster) and filters laid out channels-last; "compiled"
has its networks compiled too. The peer computes in float32, contiguous, and is never compiled. One side after the other
in one process: the device is ours alone. A ratio is of median steps; peak memory is the device's (of the process
without a GPU, where it only grows).
"""

import argparse
import resource
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from vcem.data.batches import Part, Plan, batch_at
from vcem.methods.method import Batch
from vcem.train.device import device_of
from vcem.train.precision import chosen
from vcem.train.recipe import TrainRecipe, load
from vcem.train.step import Stepper

SIDES = ("plain float32", "as trained", "compiled")
WARM_UP = 3


class Took(NamedTuple):
    """Median seconds of a step, gibibytes at the peak, and the losses of the first step."""

    step_s: float
    peak_gib: float
    first: float


def main() -> None:
    args = arguments()
    device = device_of(args.device)
    print(f"torch {torch.__version__} on {_name(device)}, {args.steps} steps after {WARM_UP}")
    for path in args.recipes:
        recipe = load(path, args.set)
        took = {side: steps(recipe, side, device, args.steps) for side in args.sides}
        plain, batch = took[SIDES[0]], recipe.training.batch
        for side, (step_s, peak_gib, first) in took.items():
            print(
                f"{recipe.name:16} {recipe.size!s:10} batch {batch:2} {side:13}: {1000 * step_s:8.1f} ms a step, "
                f"{batch / step_s:8.2f} pairs/s, {plain.step_s / step_s:.2f} times plain, peak {peak_gib:.2f} GiB, "
                f"first losses {first:.4f}",
                flush=True,
            )


def steps(recipe: TrainRecipe, side: str, device: torch.device, count: int) -> Took:
    """Take steps of one side."""
    stepper = stepping(recipe, side, device)
    size = recipe.training.batch
    part, plan = pairs(recipe), Plan(0, 0, size, recipe.augment)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    taken, first = [], 0.0
    for step in range(WARM_UP + count):
        x, y, mask, extra = batch_at(part, plan, 1 + step, 0)
        torch.manual_seed(step)
        begun = _now(device)
        batch = Batch(x.to(device), y.to(device), mask.to(device), {n: e.to(device) for n, e in extra.items()})
        losses = stepper.take(batch)
        taken.append(_now(device) - begun)
        first = sum(losses.values()) if step == 0 else first
    return Took(float(np.median(taken[WARM_UP:])), _peak_gib(device), first)


def stepping(recipe: TrainRecipe, side: str, device: torch.device) -> Stepper:
    torch.manual_seed(0)
    method = recipe.build()
    plain = side == SIDES[0]
    dtype = torch.float32 if plain else chosen(recipe.training.precision, device)
    stepper = Stepper(method, device, dtype, recipe.training.clip_norm)
    for net in method.nets.values():
        if plain:
            contiguous(net)
        if side == SIDES[2]:
            net.compile()
    return stepper


def contiguous(net: nn.Module) -> None:
    for weight in net.parameters():
        weight.data = weight.data.contiguous()


def pairs(recipe: TrainRecipe) -> Part:
    """Return a batch of noise, each pair with one lesion where the method asks for lesions."""
    n, shape = recipe.training.batch, recipe.size
    rng = np.random.default_rng(0)
    x, y = (rng.random((n, *shape), dtype=np.float32) for _ in range(2))
    lesion = np.zeros((n, *shape), np.uint8)
    middle = tuple(slice(side // 2 - side // 16, side // 2 + side // 16) for side in shape)
    lesion[:, *middle] = 1
    extra = {name: lesion for name in recipe.method.channels if name == "lesion"}
    names = tuple(f"P{i}_L_CC" for i in range(n))
    return replace(Part(names, tuple(range(n)), x, y, np.ones(x.shape, bool)), extra=extra)


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def _peak_gib(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    strict = [Path("recipes/strict/resunet.toml"), Path("recipes/strict/cyclegan.toml")]
    parser.add_argument("recipes", nargs="*", type=Path, default=strict)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES[:2]))
    return parser.parse_args()


if __name__ == "__main__":
    main()
