"""The seam between an algorithm and the training loop.

A method yields whose turn it is and that turn's loss; the loop owns autocast, backward, clipping, stepping and logging.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem.core.recipe import strict

Image = Float[Tensor, "b 1 h w"]
Loss = dict[str, Float[Tensor, ""]]  # the loss is the sum of its named terms


@strict
@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba 2015). The paper's "beta of 0.9 and a momentum of 1" is betas 0.9 and 0.999 in its code."""

    lr: float
    beta1: float
    beta2: float = 0.999
    weight_decay: float = 0.0


@dataclass(frozen=True)
class Batch:
    """LE images x and DES images y in [0, 1], and the breast mask, 1 inside and 0 outside."""

    x: Image
    y: Image
    mask: Image

    def within_breast(self) -> "Batch":
        """Return the batch with black air."""
        return Batch(self.x * self.mask, self.y * self.mask, self.mask)


@dataclass(frozen=True)
class Group:
    """The networks that step together on one turn."""

    nets: tuple[str, ...]
    adam: Adam


@runtime_checkable
class Method(Protocol):
    """An algorithm: its networks, which are updated on whose turn, its losses, its prediction."""

    @property
    def nets(self) -> nn.ModuleDict:
        """Every network by its symbol."""
        ...

    @property
    def groups(self) -> Mapping[str, Group]:
        """Which networks step on whose turn."""
        ...

    @property
    def masked(self) -> bool:
        """Whether the method lives inside the breast: black air, and losses over the pixels of the mask."""
        ...

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Yield (whose turn, loss); between two turns the loop steps the networks of the first."""
        ...

    def predict(self, x: Image, mask: Image) -> Image:
        """Return virtual DES images in [0, 1]; a masked method's are 0 outside the mask."""
        ...


@contextmanager
def frozen(*nets: nn.Module) -> Iterator[None]:
    """Let gradients pass through these networks without computing those of their weights."""
    weights = [p for net in nets for p in net.parameters()]
    for weight in weights:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)


def parameters(net: nn.Module) -> int:
    """Return the number of trained numbers of a network."""
    return sum(p.numel() for p in net.parameters())


def in_breast(y_hat: Image, mask: Image, masked: bool) -> Image:
    """Blacken the air of a masked method's image."""
    return torch.where(mask > 0, y_hat, 0) if masked else y_hat
