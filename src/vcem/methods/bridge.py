"""A diffusion bridge of few steps from LE x to DES y, in pixels (inspired by Arslan et al. 2025).

Between DES at t = 0 and noisy LE at t = T lie x_t = (1 - t/T) y + t/T x + noise sqrt(t/T) e. G estimates y of x_t,
x and what it estimated before; D judges (x, y) against (x, y_hat). A sample begins at t = T with an e of its own and
goes down with it: each estimate leads to the next x_t (as the implicit bridge of Zheng et al. 2025 does).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem.core.recipe import Count, NotNegative, strict
from vcem.core.seeds import rng_for
from vcem.methods.losses import Scalar, l1, log_loss
from vcem.methods.method import Batch, Group, Image, Loss, MethodRecipe, Samples, frozen, in_breast
from vcem.methods.optimiser import Adam, TorchOptimiser, chosen, settle
from vcem.nets import patchgan, resunet
from vcem.nets.cut import cut_to_breasts
from vcem.nets.init import Init, initialise

SEEN = resunet.INPUTS + 3  # what a residual U-Net sees of LE and mask, x_t, the estimate before, t/T
TILE = 64  # rows and columns of a pass's noise, which is repeated: a graph holds it, and takes any size
Share = Float[Tensor, "b 1 1 1"]


@strict
@dataclass(frozen=True)
class BridgeRecipe(MethodRecipe):
    """Fields of the bridge.

    `steps`: T. `noise`: standard deviation of what lies on LE at t = T, in grey. `recursions`: estimates a step, each
    of the one before; a fixed number, so that no image waits for another. `passes`: samples whose mean is a prediction.
    """

    kind: Literal["bridge"]
    masked: bool = True
    steps: Count = 10
    noise: NotNegative = 0.2
    recursions: Count = 2
    passes: Count = 1
    lambda_l1: NotNegative = 0.5
    lambda_r1: NotNegative = 0.5
    init: Init = "torch"
    adam: Adam | None = None
    optimiser: TorchOptimiser | None = None
    generator: resunet.ResUNetShape = field(default_factory=resunet.ResUNetShape)
    discriminator: patchgan.PatchGANShape = field(default_factory=patchgan.PatchGANShape)

    def __post_init__(self) -> None:
        """Settle the optimiser.

        Raises:
            ValueError: if two are given, or the method should look at air.
        """
        settle(self, Adam(lr=1e-4, beta1=0.5))
        if not self.masked:
            raise ValueError("a bridge has no features in air: masked is true")

    @property
    def multiple(self) -> int:
        """Rows and columns of an image must be multiples of this; the generator takes any such size."""
        return resunet.multiple(self.generator)


class Shown(NamedTuple):
    """LE cut to its breasts, what a residual U-Net sees of it, and the breast."""

    x: Image
    seen: Float[Tensor, "b 3 h w"]
    mask: Image

    @classmethod
    def of(cls, x: Image, mask: Image) -> "Shown":
        """Return LE and what is seen of it."""
        return cls(x, resunet.given(x, mask), mask)


class Bridge:
    """G estimates DES at any step, D judges its estimates; D steps first."""

    def __init__(self, recipe: BridgeRecipe, shape: tuple[int, int]) -> None:
        resunet.check_size(recipe.generator, shape)
        patchgan.check_size(recipe.discriminator, shape)
        self.recipe = recipe
        self.generator = resunet.ResUNet(recipe.generator, SEEN)
        self.judge = patchgan.PatchGAN(recipe.discriminator, 2, "none")
        self.nets = nn.ModuleDict({"G": self.generator, "D": self.judge})
        self.groups = {"d": Group(("D",), chosen(recipe)), "g": Group(("G",), chosen(recipe))}
        initialise(self.nets, recipe.init)

    def begin(self, mean_des: float) -> None:
        """Take the mean of the training DES inside the breast, to which estimates are added."""
        self.generator.mean.fill_(mean_des)

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Yield D's turn, then G's, at a random step for each image."""
        batch = batch.within_breast()
        x, y = batch.x, batch.y
        y_hat = self._trained_estimate(batch)

        real, fake = self._judged(x, y), self._judged(x, y_hat.detach())
        r1 = self.recipe.lambda_r1 / 2 * self._slope(x, y)
        yield "d", {"real": log_loss(real, True), "fake": log_loss(fake, False), "r1": r1}

        with frozen(self.judge):
            adversarial = log_loss(self._judged(x, y_hat), True)
        yield "g", {"adversarial": adversarial, "l1": self.recipe.lambda_l1 * l1(y_hat, y, batch.mask)}

    def predict(self, x: Image, mask: Image) -> Image:
        """Return the mean of the recipe's samples."""
        return self.samples(x, mask, self.recipe.passes).mean(0)

    def samples(self, x: Image, mask: Image, passes: int, seed: int = 0) -> Samples:
        """Return G's last estimate once a pass, each with other noise, the same for every image."""
        cut = cut_to_breasts(mask, self.recipe.multiple)
        shown = Shown.of(cut.do(in_breast(x, mask, True)), cut.do(mask))
        noises = [cut.do(_noise(x, seed, number).expand_as(x)) for number in range(passes)]
        return torch.stack([cut.undo(self._sample(shown, e)) for e in noises])

    def _sample(self, shown: Shown, e: Image) -> Image:
        y_hat, recipe = torch.zeros_like(shown.x), self.recipe
        for t in range(recipe.steps, 0, -1):
            share = torch.full_like(e[:, :, :1, :1], t / recipe.steps)
            x_t = self._between(shown.x, y_hat, share, e)
            for _ in range(recipe.recursions):
                y_hat = self._estimate(shown, x_t, y_hat, share).clamp(0, 1)
        return y_hat

    def _trained_estimate(self, batch: Batch) -> Image:
        """Return estimates at random steps, half of them of an estimate before."""
        cut = cut_to_breasts(batch.mask, self.recipe.multiple)
        x, y, mask = (cut.do(image) for image in (batch.x, batch.y, batch.mask))
        shown, each = Shown.of(x, mask), len(x)
        share = torch.randint(1, self.recipe.steps + 1, (each, 1, 1, 1)).to(x) / self.recipe.steps
        again = (torch.rand(each, 1, 1, 1) < 0.5).to(x)
        x_t = self._between(x, y, share, torch.randn(x.shape).to(x))
        with torch.no_grad():
            before = self._estimate(shown, x_t, torch.zeros_like(x), share).clamp(0, 1)
        return cut.undo(self._estimate(shown, x_t, again * before, share))

    def _between(self, x: Image, y: Image, share: Share, e: Image) -> Image:
        return (1 - share) * y + share * x + self.recipe.noise * share.sqrt() * e

    def _estimate(self, shown: Shown, x_t: Image, before: Image, share: Share) -> Image:
        further = torch.cat([x_t, before, share.expand_as(x_t)], 1) * shown.mask
        seen = torch.cat([shown.seen, further], 1)
        return self.generator.draw(self.generator.features(seen, shown.mask), seen, shown.mask)

    def _judged(self, x: Image, y: Image) -> Float[Tensor, "b 1 i j"]:
        verdict: Tensor = self.judge(torch.cat([x, y], 1))
        return verdict

    def _slope(self, x: Image, y: Image) -> Scalar:
        """Return the squared slope of a verdict along real DES, the mean over verdicts (R1, Mescheder et al. 2018)."""
        y = y.detach().requires_grad_()
        verdicts = self._judged(x, y)
        (slope,) = torch.autograd.grad(verdicts.float().sum(), y, create_graph=True)
        return slope.float().square().sum() / verdicts.numel()


def _noise(x: Image, seed: int, number: int) -> Float[Tensor, "1 1 h w"]:
    """Return standard normal noise for a pass, a pure function of seed and number."""
    rows, columns = x.shape[2:]
    tile = x.new_tensor(rng_for(seed, "noise", number).standard_normal((1, 1, TILE, TILE)).tolist())
    return tile.repeat(1, 1, (rows + TILE - 1) // TILE, (columns + TILE - 1) // TILE)[:, :, :rows, :columns]
