"""The training loop. It knows turns and groups, but no method: autocast, backward, clipping, stepping and logging.

Every step seeds torch from (seed, fold, epoch, step, rank), so that a run that goes on from a checkpoint draws the
numbers that an unbroken one draws, and ends in the same bits.
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vcem.core.errors import FailureError
from vcem.core.seeds import seed_for
from vcem.data.batches import Images, Part, Plan, batch_at, in_turn, joined, mean_des, steps_of, stream_at
from vcem.folders.log import Record, read_log, write_log
from vcem.methods.losses import l1_each
from vcem.methods.method import Batch, Method
from vcem.train.average import Average
from vcem.train.display import Display
from vcem.train.precision import chosen, computing_in
from vcem.train.ranks import Ranks, average_buffers, total
from vcem.train.recipe import Training
from vcem.train.rundir import save_best
from vcem.train.state import Position, load_moments, load_state, save_state
from vcem.train.step import Stepper
from vcem.train.stop import is_over, learning_rate_factor, observe


@dataclass(frozen=True)
class Job:
    """One method on one fold. `moments_from`: a run whose optimisers' moments are taken over at the beginning.

    `beside`: pairs of other data, of which every batch takes as many as their plan says.
    """

    folder: Path
    training: Training
    plan: Plan
    train: Part
    val: Part
    device: torch.device
    ranks: Ranks = field(default_factory=Ranks)
    checkpoint_steps: int = 0
    moments_from: Path | None = None
    beside: tuple[Part, Plan] | None = None


def train(job: Job, method: Method, display: Display) -> Position:
    """Train until the recipe's end or early stopping, from the checkpoint if there is one.

    Raises:
        FailureError: if the checkpoint is damaged or a loss is no longer finite.
    """
    with _deterministic(job.device):
        return _Loop(job, method, display).run()


@contextmanager
def _deterministic(device: torch.device) -> Iterator[None]:
    memory: Any = torch.utils.deterministic  # its switch is a property of the module's class
    before, filled = torch.are_deterministic_algorithms_enabled(), memory.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True, warn_only=device.type == "cuda")
    memory.fill_uninitialized_memory = False  # costs time and guards against nothing we do
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
        memory.fill_uninitialized_memory = filled


class _Loop:
    def __init__(self, job: Job, method: Method, display: Display) -> None:
        self.job, self.method, self.display = job, method, display
        self.dtype = chosen(job.training.precision, job.device)
        self.stepper = Stepper(method, job.device, self.dtype, job.training.clip_norm, job.ranks)
        self.nets, self.optimisers = method.nets, self.stepper.optimisers
        self._begin()
        self.average = Average(self.nets, job.training.average) if job.training.average else None
        self.position = load_state(job.folder, self.nets, self.optimisers, self.average)
        if self.position == Position() and job.moments_from:
            load_moments(job.moments_from, self.optimisers)
        self.records = read_log(job.folder, self.position.epoch) if job.ranks.first else []
        if job.training.compile:
            for net in self.nets.values():
                net.compile()

    def _begin(self) -> None:
        """Tell a method that asks for it what it begins with; a checkpoint then holds what it made of it."""
        if begin := getattr(self.method, "begin", None):
            begin(mean_des(self.job.train))

    def run(self) -> Position:
        while not self._over():
            self._epoch(self.position.epoch + 1)
        return self.position

    def _over(self) -> bool:
        return self.position.epoch > 0 and is_over(self.position.standing, self.job.training, self.position.epoch)

    def _epoch(self, epoch: int) -> None:
        begun, steps = time.perf_counter(), steps_of(self.job.train, self.job.plan)
        self.nets.train()
        first, sums = self.position.step, defaultdict(float, self.position.sums)
        for step in range(first, steps):
            factor = learning_rate_factor(self.position.standing, self.job.training, epoch, step / steps)
            self.stepper.set_learning_rate(factor)
            self._step(epoch, step, sums)
            self.display.step(epoch, step + 1, steps)
            if self._checkpoint_is_due(step + 1, steps):
                self._save(replace(self.position, step=step + 1, sums=dict(sums)))
        self._finish_epoch(epoch, factor, sums, begun)

    def _checkpoint_is_due(self, done: int, steps: int) -> bool:
        """Within an epoch; not with several processes, whose running statistics meet at its end only."""
        every = self.job.checkpoint_steps
        return every > 0 and done % every == 0 and done < steps and self.job.ranks.count == 1

    def _step(self, epoch: int, step: int, sums: dict[str, float]) -> None:
        plan = self.job.plan
        torch.manual_seed(seed_for(plan.seed, "step", plan.fold, epoch, step, plan.rank))
        images = batch_at(self.job.train, plan, epoch, step)
        everywhere = min(plan.batch, len(self.job.train) - step * plan.batch)
        if self.job.beside:
            part, other = self.job.beside
            images = joined(images, stream_at(part, other, (epoch - 1) * steps_of(self.job.train, plan) + step))
            everywhere += other.batch
        batch = self._on_device(images)
        here = len(batch.x)
        sums["pairs"] += here
        for name, term in self.stepper.take(batch, here / everywhere).items():
            sums[name] += term * here
        if self.average:
            self.average.take(self.nets)

    def _finish_epoch(self, epoch: int, factor: float, sums: dict[str, float], begun: float) -> None:
        average_buffers(self.nets, self.job.ranks)
        sums = total(sums, self.job.ranks)
        trained = time.perf_counter() - begun
        val = self._validate()
        self._refuse_nonsense(epoch, sums, val)
        standing = observe(self.position.standing, self.job.training, epoch, val)
        seconds = time.perf_counter() - begun
        pairs = sums.pop("pairs")
        losses = {name: value / pairs for name, value in sums.items()}
        record = Record(epoch, factor, losses, val, standing.best_epoch, round(pairs / trained, 2), round(seconds, 3))
        self.records.append(record)
        self.display.epoch(record, self.job.training.epochs)
        self._save(Position(epoch, 0, {}, self.position.seconds + seconds, standing), standing.best_epoch == epoch)

    def _validate(self) -> float:
        """Return the mean over the validation images of each one's L1, inside the breast under a masked method."""
        self.nets.eval()
        with self.average.standing_in(self.nets) if self.average else nullcontext():
            return self._validation_l1()

    def _validation_l1(self) -> float:
        plan, total_l1 = self.job.plan, 0.0
        with torch.inference_mode():
            for i, images in enumerate(in_turn(self.job.val, plan.batch)):
                if i % plan.ranks == plan.rank:
                    batch = self._on_device(images)
                    total_l1 += self._distance(batch)
        return total({"l1": total_l1}, self.job.ranks)["l1"] / len(self.job.val)

    def _distance(self, batch: Batch) -> float:
        with computing_in(self.dtype, self.job.device):
            inputs = {name: batch.extra[name] for name in self.method.recipe.inputs}
            y_hat = self.method.predict(batch.x, batch.mask, **inputs)
        mask = batch.mask if self.method.recipe.masked else None
        return float(l1_each(y_hat, batch.y, mask).double().sum())

    def _refuse_nonsense(self, epoch: int, sums: dict[str, float], val: float) -> None:
        wrong = [name for name, value in {**sums, "validation L1": val}.items() if not math.isfinite(value)]
        if wrong:
            raise FailureError(
                f"In epoch {epoch} the loss is no longer finite: {', '.join(wrong)}.",
                "finite losses",
                "lower the learning rate, or set training.clip_norm; the checkpoint of the epoch before is kept",
            )

    def _save(self, position: Position, best: bool = False) -> None:
        """Write log, best networks and checkpoint, in this order: what the checkpoint speaks of is there."""
        self.position = position
        if not self.job.ranks.first:
            return
        if position.step == 0:
            write_log(self.job.folder, self.records)
        if best:
            save_best(self.job.folder, self.average.nets if self.average else self.nets)
        save_state(self.job.folder, position, self.nets, self.optimisers, self.average)

    def _on_device(self, images: Images) -> Batch:
        x, y, mask, extra = images
        there = partial(Tensor.to, device=self.job.device, non_blocking=True)
        return Batch(there(x), there(y), there(mask), {name: there(image) for name, image in extra.items()})
