"""From the prepared folder to batches. Order and augmentation are pure functions of (seed, fold, epoch, pair)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vcem.core.arrays import MaskStack, Stack
from vcem.core.seeds import rng_for
from vcem.data.augment import Augment, apply, draw
from vcem.folders.prepared import Store

IN_MEMORY_BYTES = 8 * 2**30  # ours: below this the images of a fold are read once; above, from the map at each use
Images = tuple[Float[Tensor, "b 1 h w"], Float[Tensor, "b 1 h w"], Float[Tensor, "b 1 h w"]]


@dataclass(frozen=True)
class Part:
    """The images of one part of a fold; row rows[i] of the arrays belongs to pairs[i]."""

    pairs: tuple[str, ...]
    rows: tuple[int, ...]
    x: Stack
    y: Stack
    mask: MaskStack

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True)
class Plan:
    """What decides the batches of every epoch; `rank` of `ranks` processes takes its share of each batch."""

    seed: int
    fold: int
    batch: int
    augment: Augment
    rank: int = 0
    ranks: int = 1


def load_part(store: Store, pairs: Sequence[str]) -> Part:
    """Take the images of these pairs, into memory if they fit."""
    rows = store.rows(pairs)
    if len(rows) * store.size**2 * 9 > IN_MEMORY_BYTES:
        return Part(tuple(pairs), tuple(rows), store.x, store.y, store.mask)
    images = (np.asarray(a[rows]) for a in (store.x, store.y, store.mask))
    return Part(tuple(pairs), tuple(range(len(rows))), *images)


def steps_of(part: Part, plan: Plan) -> int:
    """Return the number of steps of an epoch; the last batch may be smaller, but gives every rank a pair."""
    whole, left = divmod(len(part), plan.batch)
    return whole + (left >= plan.ranks)


def order(part: Part, plan: Plan, epoch: int) -> list[int]:
    """Return the order in which the epoch takes the pairs."""
    return [int(i) for i in rng_for(plan.seed, "order", plan.fold, epoch).permutation(len(part))]


def batch_at(part: Part, plan: Plan, epoch: int, step: int) -> Images:
    """Return x, y and mask of this rank's share of one batch; steps count from 0."""
    chosen = order(part, plan, epoch)[step * plan.batch : (step + 1) * plan.batch][plan.rank :: plan.ranks]
    x, y, mask = take(part, chosen)
    if plan.augment.idle:
        return x, y, mask
    keys = (("augment", plan.fold, epoch, part.pairs[i]) for i in chosen)
    draws = [draw(rng_for(plan.seed, *key), plan.augment) for key in keys]
    images, mask = apply(torch.cat([x, y], 1), mask, draws)
    return images[:, :1], images[:, 1:], mask


def take(part: Part, chosen: Sequence[int]) -> Images:
    """Return x, y and mask of these pairs, as they are."""
    rows = [part.rows[i] for i in chosen]
    x, y, mask = (torch.from_numpy(np.asarray(a[rows], np.float32)[:, None]) for a in (part.x, part.y, part.mask))
    return x, y, mask


def in_turn(part: Part, batch: int) -> Iterator[Images]:
    """Yield the pairs in their order, none changed."""
    for start in range(0, len(part), batch):
        yield take(part, range(start, min(start + batch, len(part))))
