"""From the prepared folder to batches. Order and augmentation are pure functions of (seed, fold, epoch, pair)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vcem.core.arrays import MaskStack, Stack
from vcem.core.seeds import rng_for
from vcem.data.augment import Augment, apply, draw
from vcem.folders.prepared import Store

IN_MEMORY_BYTES = 8 * 2**30  # ours: below this the images of a fold are read once; above, from the map at each use
Image = Float[Tensor, "b 1 h w"]


class Images(NamedTuple):
    """What a batch is made of, `b 1 h w` each: LE, DES, breast mask, and extra channels by name."""

    x: Image
    y: Image
    mask: Image
    extra: dict[str, Image]


@dataclass(frozen=True)
class Part:
    """The images of one part of a fold; row rows[i] of the arrays belongs to pairs[i]."""

    pairs: tuple[str, ...]
    rows: tuple[int, ...]
    x: Stack
    y: Stack
    mask: MaskStack
    extra: Mapping[str, np.ndarray] = field(default_factory=dict)

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


def load_part(store: Store, pairs: Sequence[str], extra: Sequence[str] = (), before: bool = False) -> Part:
    """Take the images of these pairs, and the extra channels of these names, into memory if they fit.

    With `before`, LE is that before contrast.

    Raises:
        UsageError: if the store has no such channel.
    """
    rows = store.rows(pairs)
    arrays = {"x": store.channel("x_before") if before else store.x, "y": store.y, "mask": store.mask} | {
        name: store.channel(name) for name in extra
    }
    if sum(len(rows) * (a.nbytes // max(len(a), 1)) for a in arrays.values()) <= IN_MEMORY_BYTES:
        arrays = {name: np.asarray(a[rows]) for name, a in arrays.items()}
        rows = list(range(len(rows)))
    x, y, mask = (arrays.pop(name) for name in ("x", "y", "mask"))
    return Part(tuple(pairs), tuple(rows), x, y, mask, arrays)


def steps_of(part: Part, plan: Plan) -> int:
    """Return the number of steps of an epoch; the last batch may be smaller, but gives every rank a pair."""
    whole, left = divmod(len(part), plan.batch)
    return whole + (left >= plan.ranks)


def order(part: Part, plan: Plan, epoch: int) -> list[int]:
    """Return the order in which the epoch takes the pairs."""
    return [int(i) for i in rng_for(plan.seed, "order", plan.fold, epoch).permutation(len(part))]


def batch_at(part: Part, plan: Plan, epoch: int, step: int) -> Images:
    """Return this rank's share of one batch; steps count from 0."""
    chosen = order(part, plan, epoch)[step * plan.batch : (step + 1) * plan.batch]
    return _changed(part, plan, [(epoch, i) for i in chosen])


def stream_at(part: Part, plan: Plan, number: int) -> Images:
    """Return this rank's share of one batch of an endless stream; a new epoch begins wherever the one before ends."""
    places = [divmod(number * plan.batch + k, len(part)) for k in range(plan.batch)]
    orders = {epoch: order(part, plan, epoch + 1) for epoch, _ in places}
    return _changed(part, plan, [(epoch + 1, orders[epoch][place]) for epoch, place in places])


def joined(first: Images, second: Images) -> Images:
    """Return both batches as one."""
    extra = {name: torch.cat([image, second.extra[name]]) for name, image in first.extra.items()}
    x, y, mask = (torch.cat(both) for both in zip(first[:3], second[:3], strict=True))
    return Images(x, y, mask, extra)


def _changed(part: Part, plan: Plan, whole: Sequence[tuple[int, int]]) -> Images:
    """Return this rank's share of the pairs (epoch, index), each augmented as in its epoch."""
    chosen = whole[plan.rank :: plan.ranks]
    images = take(part, [i for _, i in chosen])
    if plan.augment.idle:
        return images
    keys = (("augment", plan.fold, epoch, part.pairs[i]) for epoch, i in chosen)
    draws = [draw(rng_for(plan.seed, *key), plan.augment) for key in keys]
    smooth = [name for name, array in part.extra.items() if array.dtype.kind == "f"]
    marked = [name for name in part.extra if name not in smooth]  # masks and numbers have nothing in between
    greys, masks = apply(
        torch.cat([images.x, images.y, *(images.extra[name] for name in smooth)], 1),
        torch.cat([images.mask, *(images.extra[name] for name in marked)], 1),
        draws,
    )
    x, y, *others = torch.split(greys, 1, 1)
    mask, *more = torch.split(masks, 1, 1)
    return Images(x, y, mask, dict(zip([*smooth, *marked], [*others, *more], strict=True)))


def take(part: Part, chosen: Sequence[int]) -> Images:
    """Return the images of these pairs, as they are."""
    rows = [part.rows[i] for i in chosen]

    def taken(array: np.ndarray) -> Image:
        return torch.from_numpy(np.asarray(array[rows], np.float32)[:, None])

    extra = {name: taken(array) for name, array in part.extra.items()}
    return Images(taken(part.x), taken(part.y), taken(part.mask), extra)


def in_turn(part: Part, batch: int) -> Iterator[Images]:
    """Yield the pairs in their order, none changed."""
    for start in range(0, len(part), batch):
        yield take(part, range(start, min(start + batch, len(part))))


def mean_des(part: Part) -> float:
    """Return the mean of the part's DES inside the breast: the mean over pairs of each one's."""
    each = [float(part.y[row][part.mask[row]].mean(dtype=np.float64)) for row in part.rows if part.mask[row].any()]
    return float(np.mean(each)) if each else 0.0
