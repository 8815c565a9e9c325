"""The paper's autoencoder (§3.2.1), as its authors coded it: residual blocks, bypass connections, three poolings."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem.core.errors import UsageError
from vcem.core.recipe import strict


@strict
@dataclass(frozen=True)
class AutoencoderShape:
    """Width of the first block, doubled at each of `levels` - 1 poolings. The paper's: 24 and 4."""

    width: int = 24
    levels: int = 4


class Residual(nn.Module):
    """conv-BN-conv-BN beside conv-BN, added, then ReLU and BN; no ReLU between the two convolutions."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.main = nn.Sequential(*_conv_norm(inputs, outputs), *_conv_norm(outputs, outputs))
        self.shortcut = nn.Sequential(*_conv_norm(inputs, outputs))
        self.activation = nn.ReLU(inplace=True)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h w"]:
        """Return the block's features."""
        out: Tensor = self.norm(self.activation(self.main(x) + self.shortcut(x)))
        return out


class Autoencoder(nn.Module):
    """1,644,409 parameters in the paper's shape."""

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        widths = [shape.width * 2**i for i in range(shape.levels)]
        self.encoders = nn.ModuleList(Residual(a, b) for a, b in zip([1, *widths], widths, strict=False))
        self.decoders = nn.ModuleList(Residual(a + b, b) for a, b in zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.pool = nn.MaxPool2d(2)
        self.up = nn.Upsample(scale_factor=2)
        self.head = nn.Conv2d(shape.width, 1, 1)

    def forward(self, x: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
        """Return an image in [0, 1]."""
        skips: list[Tensor] = []
        for encoder in self.encoders:
            x = encoder(self.pool(x) if skips else x)
            skips.append(x)
        for decoder, skip in zip(self.decoders, skips[-2::-1], strict=True):
            x = decoder(torch.cat([skip, self.up(x)], 1))
        return torch.sigmoid(self.head(x))


def check_size(shape: AutoencoderShape, size: int) -> None:
    """Refuse an image size that the poolings cannot halve evenly.

    Raises:
        UsageError: if the size is no multiple of 2 ** (levels - 1).
    """
    step: int = 2 ** (shape.levels - 1)
    if size % step:
        raise UsageError(
            f"An autoencoder of {shape.levels} levels cannot take {size} x {size} pixels.",
            f"a size that is a multiple of {step}",
            "prepare the data at such a size, or lower method.generator.levels",
        )


def _conv_norm(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs)
