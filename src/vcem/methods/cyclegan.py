"""CycleGAN (Zhu et al. 2017; §3.2.3): G draws DES from LE, F draws LE from DES, each must undo the other (Eq. 8)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem.core.recipe import strict
from vcem.methods.losses import l1, least_squares
from vcem.methods.method import Batch, Group, Image, Loss, MethodRecipe, frozen, in_breast
from vcem.methods.optimiser import Adam, TorchOptimiser, chosen, settle
from vcem.nets import patchgan, resnet
from vcem.nets.init import Init, initialise


@strict
@dataclass(frozen=True)
class CycleGANRecipe(MethodRecipe):
    """Fields of CycleGAN; the defaults are the paper's, with its text where its code differs.

    `sigmoid` bounds the verdicts under the squared loss, as in the authors' code. `lambda_paired` weighs L1(G(x), y)
    + L1(F(y), x); Eq. 8 and the code have no such term.
    """

    kind: Literal["cyclegan"]
    masked: bool = False
    lambda_cycle: float = 10.0
    lambda_identity: float = 5.0
    lambda_paired: float = 0.0
    sigmoid: bool = True
    init: Init = "torch"
    adam: Adam | None = None
    optimiser: TorchOptimiser | None = None
    generator: resnet.ResNetShape = field(default_factory=resnet.ResNetShape)
    discriminator: patchgan.PatchGANShape = field(default_factory=patchgan.PatchGANShape)

    def __post_init__(self) -> None:
        settle(self, Adam(lr=1e-5, beta1=0.5, weight_decay=1e-5))

    @property
    def multiple(self) -> int:
        """Rows and columns of an image must be multiples of this; the generator takes any such size."""
        return resnet.MULTIPLE


class CycleGAN:
    """G, F and the judges D_y, D_x; the judges step first."""

    def __init__(self, recipe: CycleGANRecipe, shape: tuple[int, int]) -> None:
        resnet.check_size(shape)
        patchgan.check_size(recipe.discriminator, shape)
        self.recipe = recipe
        self.masked = recipe.masked
        judge = recipe.discriminator
        self.nets = nn.ModuleDict(
            {
                "G": resnet.ResNet(recipe.generator),
                "F": resnet.ResNet(recipe.generator),
                "D_y": patchgan.PatchGAN(judge, 1, "instance"),
                "D_x": patchgan.PatchGAN(judge, 1, "instance"),
            }
        )
        self.groups = {"d": Group(("D_y", "D_x"), chosen(recipe)), "g": Group(("G", "F"), chosen(recipe))}
        initialise(self.nets, recipe.init)

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Yield the judges' turn, then the generators'.

        Instance norm treats each image alone, so two batches may pass a network as one.
        """
        recipe, mask = self.recipe, batch.mask
        batch = batch.within_breast() if self.masked else batch
        x, y = batch.x, batch.y
        y_hat, y_same = self._draw("G", x, y, mask)
        x_hat, x_same = self._draw("F", y, x, mask)

        yield "d", {"y": self._judge_both("D_y", y, y_hat) / 2, "x": self._judge_both("D_x", x, x_hat) / 2}

        within = mask if self.masked else None
        with frozen(self.nets["D_y"], self.nets["D_x"]):
            adversarial = least_squares(self._judge("D_y", y_hat), True) + least_squares(
                self._judge("D_x", x_hat), True
            )
        x_back = in_breast(self.nets["F"](y_hat), mask, self.masked)
        y_back = in_breast(self.nets["G"](x_hat), mask, self.masked)
        loss = {
            "adversarial": adversarial,
            "cycle": recipe.lambda_cycle * (l1(x_back, x, within) + l1(y_back, y, within)),  # Eq. 6
            "identity": recipe.lambda_identity * (l1(y_same, y, within) + l1(x_same, x, within)),  # Eq. 7
        }
        if recipe.lambda_paired:
            loss["paired"] = recipe.lambda_paired * (l1(y_hat, y, within) + l1(x_hat, x, within))
        yield "g", loss

    def predict(self, x: Image, mask: Image) -> Image:
        """Return G(x)."""
        return in_breast(self.nets["G"](in_breast(x, mask, self.masked)), mask, self.masked)

    def _draw(self, name: str, source: Image, target: Image, mask: Image) -> tuple[Image, Image]:
        drawn = self.nets[name](torch.cat([source, target]))
        translated, same = in_breast(drawn, torch.cat([mask, mask]), self.masked).chunk(2)
        return translated, same

    def _judge(self, name: str, images: Image) -> Float[Tensor, "b 1 i j"]:
        verdict: Tensor = self.nets[name](images)
        return torch.sigmoid(verdict.float()) if self.recipe.sigmoid else verdict

    def _judge_both(self, name: str, real: Image, fake: Image) -> Float[Tensor, ""]:
        of_real, of_fake = self._judge(name, torch.cat([real, fake.detach()])).chunk(2)
        return least_squares(of_real, True) + least_squares(of_fake, False)
