"""The autoencoder (§3.2.1): G* = arg min E[|y - G(x)|] (Eq. 1)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from torch import nn

from vcem.core.recipe import strict
from vcem.methods.losses import l1
from vcem.methods.method import Batch, Group, Image, Loss, MethodRecipe, in_breast
from vcem.methods.optimiser import Adam, TorchOptimiser, chosen, settle
from vcem.nets import autoencoder
from vcem.nets.init import Init, initialise


@strict
@dataclass(frozen=True)
class AutoencoderRecipe(MethodRecipe):
    """Fields of an autoencoder; the defaults are the paper's."""

    kind: Literal["autoencoder"]
    masked: bool = False
    init: Init = "torch"
    adam: Adam | None = None
    optimiser: TorchOptimiser | None = None
    generator: autoencoder.AutoencoderShape = field(default_factory=autoencoder.AutoencoderShape)

    def __post_init__(self) -> None:
        settle(self, Adam(lr=1e-3, beta1=0.9, weight_decay=1e-5))

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
        self.nets = nn.ModuleDict({"G": autoencoder.Autoencoder(recipe.generator)})
        self.groups = {"g": Group(("G",), chosen(recipe))}
        initialise(self.nets, recipe.init)

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Yield the one turn."""
        mask = batch.mask if self.masked else None
        batch = batch.within_breast() if self.masked else batch
        yield "g", {"l1": l1(self.nets["G"](batch.x), batch.y, mask)}

    def predict(self, x: Image, mask: Image) -> Image:
        """Return G(x)."""
        return in_breast(self.nets["G"](in_breast(x, mask, self.masked)), mask, self.masked)
