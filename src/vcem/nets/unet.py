"""The U-Net of Pix2Pix (Isola et al. 2017) with reflected borders and a sigmoid, as the paper's authors coded it."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem.core.errors import UsageError
from vcem.core.recipe import Count, Natural, strict
from vcem.nets.blocks import conv, leaky


@strict
@dataclass(frozen=True)
class UNetShape:
    """Width of the first layer (then up to 8 times as wide), halvings, and how many inner blocks drop out.

    The paper's: 64, 8 and 3.
    """

    width: Count = 64
    depth: Count = 8
    dropout_blocks: Natural = 3

    def __post_init__(self) -> None:
        if self.depth < 3:
            raise ValueError(f"a U-Net has a depth of 3 or more, not {self.depth}")


class UNet(nn.Module):
    """54,408,385 parameters in the paper's shape."""

    def __init__(self, shape: UNetShape) -> None:
        super().__init__()
        widths = [shape.width * min(2**i, 8) for i in range(shape.depth)]
        inner = [_down(a, b) for a, b in pairwise(widths[:-1])]
        self.downs = nn.ModuleList([nn.Sequential(conv(1, widths[0], 4, 2), leaky()), *inner])
        self.bottleneck = nn.Sequential(nn.Conv2d(widths[-2], widths[-1], 4, 2, 1), nn.ReLU(inplace=True))
        skips = widths[-2::-1]
        inputs = [widths[-1], *(2 * s for s in skips[:-1])]
        self.ups = nn.ModuleList(
            _up(a, b, i < shape.dropout_blocks) for i, (a, b) in enumerate(zip(inputs, skips, strict=True))
        )
        self.head = nn.ConvTranspose2d(2 * widths[0], 1, 4, 2, 1)

    def forward(self, x: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
        """Return an image in [0, 1]."""
        skips: list[Tensor] = []
        for down in self.downs:
            x = down(x)
            skips.append(x)
        x = self.bottleneck(x)
        for up, skip in zip(self.ups, reversed(skips), strict=True):
            x = torch.cat([up(x), skip], 1)
        return torch.sigmoid(self.head(x))


def multiple(shape: UNetShape) -> int:
    """Return the number of which a side must be a multiple, so that every layer halves it evenly."""
    step: int = 2**shape.depth
    return step


def check_size(shape: UNetShape, size: tuple[int, int]) -> None:
    """Refuse an image size that cannot be halved `depth` times.

    Raises:
        UsageError: if so.
    """
    if any(side % multiple(shape) for side in size):
        most = min((side & -side).bit_length() - 1 for side in size)
        raise UsageError(
            f"A U-Net of depth {shape.depth} cannot halve {size[0]} x {size[1]} pixels {shape.depth} times.",
            f"sides that are multiples of {multiple(shape)}",
            f"set method.generator.depth to {most} or less, or prepare the data at another size",
        )


def _down(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(conv(inputs, outputs, 4, 2, bias=False), nn.BatchNorm2d(outputs), leaky())


def _up(inputs: int, outputs: int, dropout: bool) -> nn.Sequential:
    layer = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False)
    layers = [layer, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, *([nn.Dropout(0.5)] if dropout else []))
