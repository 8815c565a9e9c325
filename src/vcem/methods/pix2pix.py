"""Pix2Pix (Isola et al. 2017; §3.2.2): min_G max_D E[log D(x, y)] + E[log(1 - D(x, G(x)))] + lambda L1(G) (Eq. 4)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem.core.recipe import NotNegative, strict
from vcem.methods.lesions import lesions_of
from vcem.methods.losses import l1, log_loss
from vcem.methods.method import Batch, Group, Image, Loss, MethodRecipe, frozen, in_breast
from vcem.methods.optimiser import Adam, TorchOptimiser, chosen, settle
from vcem.nets import patchgan, unet
from vcem.nets.init import Init, initialise


@strict
@dataclass(frozen=True)
class Pix2PixRecipe(MethodRecipe):
    """Fields of Pix2Pix; the defaults are the paper's, with its text where its code differs.

    `lambda_lesion` weighs a copy of the L1 term inside outlined lesions, inspired by Rofena et al. 2025.
    """

    kind: Literal["pix2pix"]
    masked: bool = False
    lambda_l1: float = 100.0
    lambda_lesion: NotNegative | None = None
    init: Init = "torch"
    adam: Adam | None = None
    optimiser: TorchOptimiser | None = None
    generator: unet.UNetShape = field(default_factory=unet.UNetShape)
    discriminator: patchgan.PatchGANShape = field(default_factory=patchgan.PatchGANShape)

    def __post_init__(self) -> None:
        settle(self, Adam(lr=2e-4, beta1=0.5, weight_decay=1e-5))

    @property
    def multiple(self) -> int:
        """Rows and columns of an image must be multiples of this; the generator takes any such size."""
        return unet.multiple(self.generator)

    @property
    def extra(self) -> tuple[str, ...]:
        """Training also takes lesions where a term asks for them."""
        return ("lesion",) if self.lambda_lesion else ()


class Pix2Pix:
    """G draws, D judges (x, y) against (x, G(x)); D steps first and G answers the new D."""

    def __init__(self, recipe: Pix2PixRecipe, shape: tuple[int, int]) -> None:
        unet.check_size(recipe.generator, shape)
        patchgan.check_size(recipe.discriminator, shape)
        self.recipe = recipe
        self.masked = recipe.masked
        G, D = unet.UNet(recipe.generator), patchgan.PatchGAN(recipe.discriminator, 2, "batch")
        self.nets = nn.ModuleDict({"G": G, "D": D})
        self.groups = {"d": Group(("D",), chosen(recipe)), "g": Group(("G",), chosen(recipe))}
        initialise(self.nets, recipe.init)

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Yield D's turn, then G's."""
        batch = batch.within_breast() if self.masked else batch
        x, y = batch.x, batch.y
        y_hat = in_breast(self.nets["G"](x), batch.mask, self.masked)

        real, fake = self._judge(x, y), self._judge(x, y_hat.detach())
        yield "d", {"real": log_loss(real, True) / 2, "fake": log_loss(fake, False) / 2}

        with frozen(self.nets["D"]):
            verdict = self._judge(x, y_hat)
        distance = l1(y_hat, y, batch.mask if self.masked else None)
        loss = {"adversarial": log_loss(verdict, True), "l1": self.recipe.lambda_l1 * distance}
        if self.recipe.lambda_lesion:
            in_lesions = l1(y_hat, y, lesions_of(batch))
            loss["lesion"] = self.recipe.lambda_lesion * self.recipe.lambda_l1 * in_lesions
        yield "g", loss

    def predict(self, x: Image, mask: Image) -> Image:
        """Return G(x)."""
        return in_breast(self.nets["G"](in_breast(x, mask, self.masked)), mask, self.masked)

    def _judge(self, x: Image, y: Image) -> Float[Tensor, "b 1 i j"]:
        verdict: Tensor = self.nets["D"](torch.cat([x, y], 1))
        return verdict
