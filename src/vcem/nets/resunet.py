"""A residual U-Net that draws an image as a difference from a grey level, and spends its work on the breast.

Group norm (Wu and He 2018) counts breast pixels only and features of air are 0, so that the image does not depend on
how much air lies around the breast: a batch may be cut to its breasts. Features grow by bilinear upsampling and a
convolution; transposed convolutions leave checkerboards. All but the last layers work on half the rows and columns.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from vcem.core.errors import UsageError
from vcem.core.recipe import strict

INPUTS = 3  # LE, LE against the breast's own mean and spread, mask
LEAST_SPREAD = 0.02  # of a breast's grey values; five grey levels of 256
GROUPS = 8
EPSILON = 1e-5
RARELY = -3.0  # log-odds that a pixel lies in a lesion, to begin with

Image = Float[Tensor, "b 1 h w"]
Seen = Float[Tensor, "b s h w"]
Features = Float[Tensor, "b c i j"]


@strict
@dataclass(frozen=True)
class ResUNetShape:
    """Width of the first level (doubled at each further one, 8 times at most), levels, residual blocks a level.

    `fine`: width of the last layers on all rows and columns; `early`: of first ones there, 0 for none. `norm`: over the
    breast's pixels; or over each pixel's channels, or a batch (Ioffe and Szegedy 2015), which in prediction are the
    same in a part of a breast as in the whole.
    """

    width: int = 32
    levels: int = 5
    blocks: int = 2
    fine: int = 16
    norm: Literal["breast", "pixel", "batch"] = "breast"
    early: int = 0


@strict
@dataclass(frozen=True)
class ResUNetGenerator(ResUNetShape):
    """The same, named by its kind where a method lets its recipe choose."""

    kind: Literal["resunet"] = "resunet"


@strict
@dataclass(frozen=True)
class JudgingShape(ResUNetShape):
    """The same for a method whose losses teach to judge. `judged`: find lesions, judge each, and draw the judgement."""

    judged: bool = False


class Breast(NamedTuple):
    """The mask on the grid of one level, and its number of pixels."""

    mask: Features
    pixels: Float[Tensor, "b 1"]


class BreastNorm(nn.Module):
    """Group norm over the pixels of the breast."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.groups = next(g for g in range(GROUPS, 0, -1) if channels % g == 0)
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x: Features, breast: Breast) -> Features:
        """Return features with mean 0 and variance 1 within each group of channels, scaled and shifted."""
        inside = x.float() * breast.mask
        of_group = breast.pixels * (x.shape[1] // self.groups)
        mean, square = (self._sums(t) / of_group for t in (inside, inside.square()))
        scale = self._spread((square - mean.square()).clamp_min(0).add(EPSILON).rsqrt()) * self.weight
        shift = self.bias - self._spread(mean) * scale
        return torch.addcmul(shift[:, :, None, None], x, scale[:, :, None, None])

    def _sums(self, x: Features) -> Float[Tensor, "b g"]:
        return x.sum((2, 3)).reshape(len(x), self.groups, -1).sum(2)

    def _spread(self, of_groups: Float[Tensor, "b g"]) -> Float[Tensor, "b c"]:
        return of_groups.repeat_interleave(len(self.weight) // self.groups, 1)


class PixelNorm(nn.Module):
    """Layer norm (Ba et al. 2016) of each pixel's channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x: Features, breast: Breast) -> Features:
        """Return features with mean 0 and variance 1 at each pixel, scaled and shifted."""
        away = x.float() - x.float().mean(1, keepdim=True)
        scale = (away.square().mean(1, keepdim=True) + EPSILON).rsqrt()
        return torch.addcmul(self.bias[:, None, None], away * scale, self.weight[:, None, None])


class BatchNorm(nn.BatchNorm2d):
    """Batch norm, whose running statistics stand for the batch when it predicts."""

    def forward(self, x: Features, breast: Breast) -> Features:  # type: ignore[override]
        """Return features with mean 0 and variance 1 over the batch, scaled and shifted."""
        return super().forward(x)


NORMS = {"breast": BreastNorm, "pixel": PixelNorm, "batch": BatchNorm}


class ResBlock(nn.Module):
    """ReLU(norm(conv(ReLU(norm(conv(x))))) + x), 0 in air; a change of width goes through a 1 x 1 convolution."""

    def __init__(self, inputs: int, outputs: int, norm: str) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norms = nn.ModuleList([NORMS[norm](outputs), NORMS[norm](outputs)])
        self.skip = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Features, breast: Breast) -> Float[Tensor, "b d i j"]:
        """Return the block's features."""
        inner = functional.relu(self.norms[0](self.first(x), breast)) * breast.mask
        outer = self.norms[1](self.second(inner), breast) + self.skip(x)
        return functional.relu(outer) * breast.mask


class ResBlocks(nn.ModuleList):
    """Blocks of one level, one after the other."""

    def __init__(self, inputs: int, outputs: int, shape: ResUNetShape) -> None:
        super().__init__(ResBlock(outputs if i else inputs, outputs, shape.norm) for i in range(shape.blocks))

    def forward(self, x: Features, breast: Breast) -> Float[Tensor, "b d i j"]:
        """Return the last block's features."""
        for block in self:
            x = block(x, breast)
        return x


class ResUNet(nn.Module):
    """LE and mask to DES, by way of `features`, which a training may also read for other ends; they see `given`.

    With more `inputs` they see what else a method puts behind that, which is 0 in air too. `judged`: it finds lesions,
    judges each, and adds to the image what the judgement asks for.
    """

    def __init__(self, shape: ResUNetShape, inputs: int = INPUTS, judged: bool = False) -> None:
        super().__init__()
        widths = [shape.width * min(2**i, 8) for i in range(shape.levels)]
        self.early = ResBlock(inputs, shape.early, shape.norm) if shape.early else None
        self.stem = nn.Conv2d(shape.early or inputs, widths[0], 4, 2, 1)
        self.downs = nn.ModuleList(ResBlocks(a, b, shape) for a, b in pairwise([widths[0], *widths]))
        self.ups = nn.ModuleList(ResBlock(a + b, a, shape.norm) for a, b in reversed(list(pairwise(widths))))
        self.fine = nn.ModuleList(
            nn.Conv2d(channels, shape.fine, 3, padding=1) for channels in (widths[0] + inputs, shape.fine)
        )
        self.head = nn.Conv2d(shape.fine, 1, 3, padding=1)
        for weight in self.head.parameters():
            nn.init.zeros_(weight)
        self.mean: Tensor
        self.register_buffer("mean", torch.tensor(0.5))
        self.judge = nn.Conv2d(widths[0], 2, 1) if judged else None
        if self.judge:
            self.judge.bias.data[0] = RARELY  # type: ignore[union-attr]
            self.amounts: Tensor  # of a verdict without odds, and of each log-odds more
            self.register_buffer("amounts", torch.tensor([0.0, 1.0]))

    def forward(self, x: Image, mask: Image) -> Image:
        """Return an image, not yet cut to [0, 1]; 0 in air."""
        seen = given(x, mask)
        return self.draw(self.features(seen, mask), seen, mask)

    def features(self, seen: Seen, mask: Image) -> Features:
        """Return features on half the rows and columns, 0 in air."""
        *skips, h = self.encode(seen, mask)
        breasts = _levels(mask, len(skips))
        for up, skip, breast in zip(self.ups, reversed(skips), reversed(breasts), strict=True):
            h = up(torch.cat([doubled(h) * breast.mask, skip], 1), breast)
        return h

    def encode(self, seen: Seen, mask: Image) -> list[Features]:
        """Return the features of each level, from half the rows and columns down, 0 in air."""
        breasts = _levels(mask, len(self.downs))
        if self.early:
            seen = self.early(seen, Breast(mask, mask.sum((2, 3)).clamp_min(1)))
        h, levels = self.stem(seen) * breasts[0].mask, []
        for i, (blocks, breast) in enumerate(zip(self.downs, breasts, strict=True)):
            h = functional.avg_pool2d(h, 2) if i else h
            h = blocks(h, breast)
            levels.append(h)
        return levels

    def draw(self, features: Features, seen: Seen, mask: Image) -> Image:
        """Return the image that the features stand for."""
        h = torch.cat([doubled(features) * mask, seen], 1)
        for conv in self.fine:
            h = functional.relu(conv(h)) * mask
        out: Tensor = (self.head(h) + self.mean) * mask
        return out + self.added(features, mask) if self.judge else out

    def added(self, features: Features, mask: Image) -> Image:
        """Return what the judgement adds to the image."""
        found, amount = self.judgement(features)
        return doubled(torch.sigmoid(found) * amount * _levels(mask, 1)[0].mask) * mask

    def judgement(self, features: Features) -> tuple[Float[Tensor, "b 1 i j"], Float[Tensor, "b 1 i j"]]:
        """Return the logits of lesions, and how much brighter one would be drawn, on half the rows and columns."""
        found, verdict = self.judge(features).float().split(1, 1)  # type: ignore[misc]
        return found, self.amounts[0] + self.amounts[1] * verdict


class Segmentor(nn.Module):
    """Finds lesions in an image, on half its rows and columns; the features of its levels tell images apart."""

    def __init__(self, shape: ResUNetShape) -> None:
        super().__init__()
        self.net = ResUNet(shape)
        del self.net.fine, self.net.head
        self.head = nn.Conv2d(shape.width, 1, 1)
        self.steps: Tensor
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def forward(self, y: Image, mask: Image) -> Float[Tensor, "b 1 i j"]:
        """Return the logits of lesions."""
        logits: Tensor = self.head(self.net.features(given(y, mask), mask))
        return logits

    def distance(self, y: Image, y_hat: Image, mask: Image) -> Float[Tensor, ""]:
        """Return the mean absolute difference of the features, each pixel's of length 1, summed over the levels."""
        breasts = _levels(mask, len(self.net.downs))
        of_y, of_y_hat = (self.net.encode(given(image, mask), mask) for image in (y, y_hat))
        levels = zip(of_y, of_y_hat, breasts, strict=True)
        apart = [(_unit(a) - _unit(b)).abs().mean(1).sum() / breast.pixels.sum() for a, b, breast in levels]
        return torch.stack(apart).sum()


def _unit(features: Features) -> Features:
    return features.float() / (features.float().square().sum(1, keepdim=True) + EPSILON).sqrt()


def given(x: Image, mask: Image) -> Seen:
    """Return what the network looks at: LE in [-1, 1], LE against the breast's own mean and spread, and the mask."""
    pixels = mask.sum((2, 3), keepdim=True).clamp_min(1)
    mean = (x * mask).sum((2, 3), keepdim=True) / pixels
    away = (x - mean) * mask
    square = away.square().sum((2, 3), keepdim=True) / pixels
    spread = square.clamp_min(LEAST_SPREAD**2).sqrt()  # in this order: a drawn image without spread has a gradient too
    return torch.cat([(2 * x - 1) * mask, away / spread, mask], 1)


def doubled(x: Features) -> Float[Tensor, "b c k l"]:
    """Return the features on twice the rows and columns, bilinear, as if air lay beyond the edge."""
    grown = functional.pad(x, (1, 1, 1, 1))
    twice = functional.interpolate(grown, scale_factor=2, mode="bilinear", align_corners=False)
    return twice[:, :, 2:-2, 2:-2]


def multiple(shape: ResUNetShape) -> int:
    """Return the number of which a side must be a multiple, so that every level halves it evenly."""
    step: int = 2**shape.levels
    return step


def check_size(shape: ResUNetShape, size: tuple[int, int]) -> None:
    """Refuse rows and columns that cannot be halved `levels` times, or a network of fewer than two levels.

    Raises:
        UsageError: if either is so.
    """
    if shape.levels < 2:
        raise UsageError(f"A U-Net of {shape.levels} level(s) is not possible.", "method.generator.levels of 2 or more")
    if any(side % multiple(shape) for side in size):
        raise UsageError(
            f"A residual U-Net of {shape.levels} levels cannot halve {size[0]} x {size[1]} pixels so often.",
            f"rows and columns that are multiples of {multiple(shape)}",
            "set method.generator.levels lower, or prepare the data at another size",
        )


def _levels(mask: Image, levels: int) -> list[Breast]:
    """Return the breast on every level's grid: a pixel counts if any pixel below it does."""
    found: list[Breast] = []
    for _ in range(levels):
        mask = functional.max_pool2d(mask, 2)
        found.append(Breast(mask, mask.sum((2, 3)).clamp_min(1)))
    return found
