"""Several processes on one training (torchrun): each takes its share of every batch, and gradients are averaged.

Gradients are averaged by hand and not by DistributedDataParallel: a discriminator passes several forwards, frozen in
some, before one backward, which its hooks do not allow with batch norm (pytorch issue 22095).
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn


@dataclass(frozen=True)
class Ranks:
    """This process among its equals."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0


@contextmanager
def joined(device: torch.device) -> Iterator[Ranks]:
    """Join the other processes where torchrun started some."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Ranks()
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Ranks(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()


def wait(ranks: Ranks) -> None:
    """Wait until every process is here."""
    if ranks.count > 1:
        distributed.barrier()


def average_gradients(nets: Sequence[nn.Module], share: float, ranks: Ranks) -> None:
    """Replace gradients by their mean over processes, each weighted by its share of the batch."""
    if ranks.count == 1:
        return
    gradients = [p.grad for net in nets for p in net.parameters() if p.grad is not None]
    _sum_together([g.mul_(share) for g in gradients])


def average_buffers(nets: nn.Module, ranks: Ranks) -> None:
    """Replace running statistics by their mean over processes, so that all validate and save the same network."""
    if ranks.count == 1:
        return
    _sum_together([b.div_(ranks.count) for b in nets.buffers() if b.is_floating_point()])


def total(sums: Mapping[str, float], ranks: Ranks) -> dict[str, float]:
    """Add up each sum over processes, in float64."""
    if ranks.count == 1:
        return dict(sums)
    device = torch.device("cuda") if distributed.get_backend() == "nccl" else torch.device("cpu")
    together = torch.tensor(list(sums.values()), dtype=torch.float64, device=device)
    distributed.all_reduce(together)
    return dict(zip(sums, together.tolist(), strict=True))


def _sum_together(tensors: Sequence[Tensor]) -> None:
    if not tensors:
        return
    flat = torch.cat([t.flatten() for t in tensors])
    distributed.all_reduce(flat)
    for tensor, part in zip(tensors, torch.split(flat, [t.numel() for t in tensors]), strict=True):
        tensor.copy_(part.view_as(tensor))
