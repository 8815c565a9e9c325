"""CycleGAN (Zhu et al. 2017; §3.2.3): G draws DES from LE, F draws LE from DES, each must undo the other (Eq. 8)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem.core.recipe import NotNegative, OfKind, by_kind, strict
from vcem.methods.lesions import lesions_of
from vcem.methods.losses import l1, least_squares
from vcem.methods.method import Batch, Group, Image, Loss, MethodRecipe, frozen, in_breast
from vcem.methods.optimiser import Adam, TorchOptimiser, chosen, settle
from vcem.nets import patchgan, resnet, resunet
from vcem.nets.cut import draw_cut
from vcem.nets.init import Init, initialise

Generator = Annotated[
    Annotated[resnet.ResNetShape, OfKind("resnet")] | Annotated[resunet.ResUNetGenerator, OfKind("resunet")],
    by_kind("resnet"),
]
Term = tuple[str, float, tuple[Image, Image], tuple[Image, Image]]  # name, weight, two pairs of drawn and wanted


@strict
@dataclass(frozen=True)
class CycleGANRecipe(MethodRecipe):
    """Fields of CycleGAN; the defaults are the paper's, with its text where its code differs.

    `sigmoid` bounds the verdicts under the squared loss, as in the authors' code. `lambda_paired` weighs L1(G(x), y)
    + L1(F(y), x); Eq. 8 and the code have no such term. `lambda_lesion` weighs copies of these terms, cycle and
    identity inside outlined lesions, inspired by Rofena et al. 2025. A generator of the kind resunet is a residual
    U-Net that looks at the breast alone, inspired by Xie et al. 2021.
    """

    kind: Literal["cyclegan"]
    masked: bool = False
    lambda_cycle: float = 10.0
    lambda_identity: float = 5.0
    lambda_paired: float = 0.0
    lambda_lesion: NotNegative | None = None
    sigmoid: bool = True
    init: Init = "torch"
    adam: Adam | None = None
    optimiser: TorchOptimiser | None = None
    generator: Generator = field(default_factory=resnet.ResNetShape)
    discriminator: patchgan.PatchGANShape = field(default_factory=patchgan.PatchGANShape)

    def __post_init__(self) -> None:
        """Settle the optimiser.

        Raises:
            ValueError: if two are given, or a residual U-Net should look at air.
        """
        settle(self, Adam(lr=1e-5, beta1=0.5, weight_decay=1e-5))
        if isinstance(self.generator, resunet.ResUNetShape) and not self.masked:
            raise ValueError("a generator of the kind resunet has no features in air: masked is true")

    @property
    def multiple(self) -> int:
        """Rows and columns of an image must be multiples of this; the generator takes any such size."""
        shape = self.generator
        return resunet.multiple(shape) if isinstance(shape, resunet.ResUNetShape) else resnet.MULTIPLE

    @property
    def extra(self) -> tuple[str, ...]:
        """Training also takes lesions where a term asks for them."""
        return ("lesion",) if self.lambda_lesion else ()


class CycleGAN:
    """G, F and the judges D_y, D_x; the judges step first."""

    def __init__(self, recipe: CycleGANRecipe, shape: tuple[int, int]) -> None:
        patchgan.check_size(recipe.discriminator, shape)
        self.recipe = recipe
        self.masked = recipe.masked
        judge = recipe.discriminator
        self.nets = nn.ModuleDict(
            {
                "G": _generator(recipe.generator, shape),
                "F": _generator(recipe.generator, shape),
                "D_y": patchgan.PatchGAN(judge, 1, "instance"),
                "D_x": patchgan.PatchGAN(judge, 1, "instance"),
            }
        )
        self.groups = {"d": Group(("D_y", "D_x"), chosen(recipe)), "g": Group(("G", "F"), chosen(recipe))}
        initialise(self.nets, recipe.init)

    def begin(self, mean_des: float) -> None:
        """Take the mean of the training DES inside the breast, to which a residual U-Net adds."""
        if isinstance(self.nets["G"], resunet.ResUNet):
            self.nets["G"].mean.fill_(mean_des)

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Yield the judges' turn, then the generators'.

        Norms treat each image alone, so two batches may pass a network as one.
        """
        recipe, mask = self.recipe, batch.mask
        batch = batch.within_breast() if self.masked else batch
        x, y = batch.x, batch.y
        y_hat, y_same = self._draw("G", x, y, mask)
        x_hat, x_same = self._draw("F", y, x, mask)

        yield "d", {"y": self._judge_both("D_y", y, y_hat) / 2, "x": self._judge_both("D_x", x, x_hat) / 2}

        with frozen(self.nets["D_y"], self.nets["D_x"]):
            adversarial = least_squares(self._judge("D_y", y_hat), True) + least_squares(
                self._judge("D_x", x_hat), True
            )
        x_back, y_back = self._drawn("F", y_hat, mask), self._drawn("G", x_hat, mask)
        terms = [
            ("cycle", recipe.lambda_cycle, (x_back, x), (y_back, y)),  # Eq. 6
            ("identity", recipe.lambda_identity, (y_same, y), (x_same, x)),  # Eq. 7
        ]
        if recipe.lambda_paired:
            terms.append(("paired", recipe.lambda_paired, (y_hat, y), (x_hat, x)))
        loss = {"adversarial": adversarial, **_reconstruction(terms, mask if self.masked else None)}
        if recipe.lambda_lesion:
            copies = _reconstruction(terms, lesions_of(batch))
            loss["lesion"] = recipe.lambda_lesion * torch.stack(list(copies.values())).sum()
        yield "g", loss

    def predict(self, x: Image, mask: Image) -> Image:
        """Return G(x), cut to [0, 1]."""
        y_hat = self._drawn("G", in_breast(x, mask, self.masked), mask)
        return y_hat.clamp(0, 1) if isinstance(self.nets["G"], resunet.ResUNet) else y_hat

    def _draw(self, name: str, source: Image, target: Image, mask: Image) -> tuple[Image, Image]:
        translated, same = self._drawn(name, torch.cat([source, target]), torch.cat([mask, mask])).chunk(2)
        return translated, same

    def _drawn(self, name: str, image: Image, mask: Image) -> Image:
        net = self.nets[name]
        if isinstance(net, resunet.ResUNet):
            return draw_cut(net, image, mask, self.recipe.multiple)
        return in_breast(net(image), mask, self.masked)

    def _judge(self, name: str, images: Image) -> Float[Tensor, "b 1 i j"]:
        verdict: Tensor = self.nets[name](images)
        return torch.sigmoid(verdict.float()) if self.recipe.sigmoid else verdict

    def _judge_both(self, name: str, real: Image, fake: Image) -> Float[Tensor, ""]:
        of_real, of_fake = self._judge(name, torch.cat([real, fake.detach()])).chunk(2)
        return least_squares(of_real, True) + least_squares(of_fake, False)


def _reconstruction(terms: list[Term], within: Image | None) -> Loss:
    return {name: weight * (l1(*first, within) + l1(*second, within)) for name, weight, first, second in terms}


def _generator(shape: resnet.ResNetShape | resunet.ResUNetShape, size: tuple[int, int]) -> nn.Module:
    if isinstance(shape, resunet.ResUNetShape):
        resunet.check_size(shape, size)
        return resunet.ResUNet(shape)
    resnet.check_size(size)
    return resnet.ResNet(shape)
