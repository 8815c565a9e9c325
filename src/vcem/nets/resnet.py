"""The residual generator of CycleGAN (Zhu et al. 2017) with a sigmoid, as the paper's authors coded it."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem.core.errors import UsageError
from vcem.core.recipe import Count, Natural, strict
from vcem.nets.blocks import InstanceNorm, conv

MULTIPLE = 4  # of which a side must be a multiple, so that it can be halved twice


@strict
@dataclass(frozen=True)
class ResNetShape:
    """Width of the first layer (4 times that in the blocks) and number of residual blocks. The paper's: 64 and 9."""

    width: Count = 64
    blocks: Natural = 9


class ResBlock(nn.Module):
    """x + IN(conv(ReLU(IN(conv(x)))))."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _conv_norm_relu(width, width, 3)
        self.second = nn.Sequential(conv(width, width, 3), InstanceNorm(width))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Return the block's features."""
        out: Tensor = x + self.second(self.first(x))
        return out


class ResNet(nn.Module):
    """11,365,633 parameters in the paper's shape."""

    def __init__(self, shape: ResNetShape) -> None:
        super().__init__()
        w = shape.width
        self.layers = nn.Sequential(
            _conv_norm_relu(1, w, 7),
            _conv_norm_relu(w, 2 * w, 3, 2),
            _conv_norm_relu(2 * w, 4 * w, 3, 2),
            *(ResBlock(4 * w) for _ in range(shape.blocks)),
            _up(4 * w, 2 * w),
            _up(2 * w, w),
            conv(w, 1, 7),
        )

    def forward(self, x: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
        """Return an image in [0, 1]."""
        return torch.sigmoid(self.layers(x))


def check_size(size: tuple[int, int]) -> None:
    """Refuse an image size that cannot be halved twice.

    Raises:
        UsageError: if a side is below 8 or no multiple of 4.
    """
    if min(size) < 8 or any(side % MULTIPLE for side in size):
        raise UsageError(
            f"The residual generator cannot take {size[0]} x {size[1]} pixels.",
            f"sides that are multiples of {MULTIPLE}, 8 or more",
        )


def _conv_norm_relu(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    layer = conv(inputs, outputs, kernel, stride)
    return nn.Sequential(layer, InstanceNorm(outputs), nn.ReLU())


def _up(inputs: int, outputs: int) -> nn.Sequential:
    layer = nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1)
    return nn.Sequential(layer, InstanceNorm(outputs), nn.ReLU())
