"""The seam between an algorithm and the training loop.

A method yields whose turn it is and that turn's loss; the loop owns autocast, backward, clipping, stepping and logging.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem.core.errors import UsageError
from vcem.methods.optimiser import Optimiser

Image = Float[Tensor, "b 1 h w"]
Samples = Float[Tensor, "t b 1 h w"]
Loss = dict[str, Float[Tensor, ""]]  # the loss is the sum of its named terms


class MethodRecipe:
    """What vcem asks of a method's recipe, which is a frozen dataclass that extends this; it may make any a field.

    `kind` is the name under which the method is known. `masked`: it lives inside the breast: black air, and losses over
    the pixels of the mask. `dose`: the percent of the contrast agent at which the exam was taken whose LE and DES it
    predicts from; None for a method that takes no such exam.
    """

    kind: str
    masked: bool = False
    dose: int | None = None

    @property
    def multiple(self) -> int:
        """Of which rows and columns of an image must be multiples."""
        return 1

    @property
    def extra(self) -> tuple[str, ...]:
        """Channels of the prepared data that training takes beside LE, DES and mask."""
        return ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Channels that training takes and prediction too."""
        return ()

    @property
    def channels(self) -> tuple[str, ...]:
        """All channels that training takes beside LE, DES and mask."""
        return tuple(dict.fromkeys((*self.inputs, *self.extra)))


@dataclass(frozen=True)
class Batch:
    """LE images x and DES images y in [0, 1], the breast mask, 1 inside and 0 outside, and the recipe's `channels`.

    `extra["lesion"]` is 1 inside outlined lesions; it is there for training only.
    """

    x: Image
    y: Image
    mask: Image
    extra: Mapping[str, Image] = field(default_factory=dict)

    def within_breast(self) -> "Batch":
        """Return the batch with black air; extra channels as they are."""
        return replace(self, x=self.x * self.mask, y=self.y * self.mask)


@dataclass(frozen=True)
class Group:
    """The networks that step together on one turn, and how."""

    nets: tuple[str, ...]
    optimiser: Optimiser


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
    def recipe(self) -> MethodRecipe:
        """What it was built from."""
        ...

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Yield (whose turn, loss); between two turns the loop steps the networks of the first."""
        ...

    def predict(self, x: Image, mask: Image, **inputs: Image) -> Image:
        """Return virtual DES images in [0, 1]; a masked method's are 0 outside the mask.

        Channels of `recipe.inputs` come by their names; a method without any takes x and mask alone.
        """
        ...


def samples_of(method: Method, x: Image, mask: Image, passes: int, seed: int = 0) -> Samples:
    """Return several virtual DES images of each LE image, by a method that draws more than one.

    A pass is a pure function of (seed, its number): it does the same to every image, alone or in company.

    Raises:
        UsageError: if the method draws one image only.
    """
    if not hasattr(method, "samples"):
        raise UsageError(f"The method {method.recipe.kind!r} draws one image of an LE image, and no others.",
                         "an autoencoder with dropout, a bridge, or an ensemble of runs")  # fmt: skip
    samples: Samples = method.samples(x, mask, passes, seed)
    return samples


def spread_of(samples: Samples) -> Image:
    """Return the standard deviation over the passes at each pixel.

    Raises:
        UsageError: if there is one pass, which has no spread.
    """
    if len(samples) < 2:
        raise UsageError(f"{len(samples)} pass has no spread.", "2 passes or more")
    return samples.std(0)


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
