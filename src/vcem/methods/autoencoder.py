"""The autoencoder (§3.2.1): G* = arg min E[|y - G(x)|] (Eq. 1).

With dropout in training and prediction its image is the mean of several passes, each with other channels left out, and
their spread tells how sure it is (inspired by Kleesiek et al. 2019).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import nn

from vcem.core.errors import UsageError
from vcem.core.recipe import BelowOne, Count, strict
from vcem.methods.losses import l1
from vcem.methods.method import Batch, Group, Image, Loss, MethodRecipe, Samples, in_breast
from vcem.methods.optimiser import Adam, TorchOptimiser, chosen, settle
from vcem.nets import autoencoder
from vcem.nets.init import Init, initialise


@strict
@dataclass(frozen=True)
class AutoencoderRecipe(MethodRecipe):
    """Fields of an autoencoder; the defaults are the paper's.

    `dropout`: share of channels that are left out, in training and prediction. `passes`: whose mean is a prediction.
    """

    kind: Literal["autoencoder"]
    masked: bool = False
    init: Init = "torch"
    dropout: BelowOne | None = None
    passes: Count | None = None
    adam: Adam | None = None
    optimiser: TorchOptimiser | None = None
    generator: autoencoder.AutoencoderShape = field(default_factory=autoencoder.AutoencoderShape)

    def __post_init__(self) -> None:
        """Settle the optimiser.

        Raises:
            ValueError: if two are given, or dropout and passes do not come together.
        """
        settle(self, Adam(lr=1e-3, beta1=0.9, weight_decay=1e-5))
        if bool(self.dropout) != bool(self.passes):
            raise ValueError("dropout above 0 and passes come together, or neither")

    @property
    def multiple(self) -> int:
        """Rows and columns of an image must be multiples of this; the generator takes any such size."""
        return autoencoder.multiple(self.generator)


class Autoencoder:
    """One network and one turn."""

    def __init__(self, recipe: AutoencoderRecipe, shape: tuple[int, int]) -> None:
        autoencoder.check_size(recipe.generator, shape)
        self.recipe = recipe
        self.masked = recipe.masked
        self.nets = nn.ModuleDict({"G": autoencoder.Autoencoder(recipe.generator, recipe.dropout or 0.0)})
        self.groups = {"g": Group(("G",), chosen(recipe))}
        initialise(self.nets, recipe.init)

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Yield the one turn."""
        mask = batch.mask if self.masked else None
        batch = batch.within_breast() if self.masked else batch
        yield "g", {"l1": l1(self.nets["G"](batch.x), batch.y, mask)}

    def predict(self, x: Image, mask: Image) -> Image:
        """Return G(x), or the mean of its passes."""
        if self.recipe.passes:
            return self.samples(x, mask, self.recipe.passes).mean(0)
        return in_breast(self.nets["G"](in_breast(x, mask, self.masked)), mask, self.masked)

    def samples(self, x: Image, mask: Image, passes: int, seed: int = 0) -> Samples:
        """Return G(x) once a pass, each with other channels left out.

        Raises:
            UsageError: if the recipe has no dropout.
        """
        if not self.recipe.dropout:
            raise UsageError("This autoencoder was trained without dropout: all its passes are one image.",
                             "a recipe with dropout, such as recipes/small/autoencoder-dropout.toml")  # fmt: skip
        x = in_breast(x, mask, self.masked)
        drawn = [self.nets["G"](x, (seed, number)) for number in range(passes)]
        return torch.stack([in_breast(y_hat, mask, self.masked) for y_hat in drawn])
