"""The paper's autoencoder (§3.2.1), as its authors coded it: residual blocks, bypass connections, three poolings."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem.core.errors import UsageError
from vcem.core.recipe import Count, strict
from vcem.nets.convolution import convolve, convolve_upsampled


@strict
@dataclass(frozen=True)
class AutoencoderShape:
    """Width of the first block, doubled at each of `levels` - 1 poolings. The paper's: 24 and 4."""

    width: Count = 24
    levels: Count = 4


class Residual(nn.Module):
    """conv-BN-conv-BN beside conv-BN, added, then ReLU and BN; no ReLU between the two convolutions."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.main = nn.Sequential(*_conv_norm(inputs, outputs), *_conv_norm(outputs, outputs))
        self.shortcut = nn.Sequential(*_conv_norm(inputs, outputs))
        self.norm = nn.BatchNorm2d(outputs)

    def forward(
        self, x: Float[Tensor, "b c h w"], below: Float[Tensor, "b e i j"] | None = None
    ) -> Float[Tensor, "b d h w"]:
        """Return the features of x, or of x beside the doubled image below it.

        The two convolutions of the block's input are computed as one.
        """
        first, norm, second, last_norm = self.main
        beside, beside_norm = self.shortcut
        weight, bias = (torch.cat(pair) for pair in zip(_filters(first), _filters(beside), strict=True))
        both = convolve(x, weight[:, : x.shape[1]], bias)
        if below is not None:
            both = both + convolve_upsampled(below, weight[:, x.shape[1] :])
        main, shortcut = (half.contiguous(memory_format=torch.channels_last) for half in both.chunk(2, 1))
        main = last_norm(convolve(norm(main), *_filters(second)))
        out: Tensor = self.norm(torch.relu(main + beside_norm(shortcut)))
        return out


class Autoencoder(nn.Module):
    """1,644,409 parameters in the paper's shape."""

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        widths = [shape.width * 2**i for i in range(shape.levels)]
        self.encoders = nn.ModuleList(Residual(a, b) for a, b in zip([1, *widths], widths, strict=False))
        self.decoders = nn.ModuleList(Residual(a + b, b) for a, b in zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Conv2d(shape.width, 1, 1)

    def forward(self, x: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
        """Return an image in [0, 1]."""
        skips: list[Tensor] = []
        for encoder in self.encoders:
            x = encoder(self.pool(x) if skips else x)
            skips.append(x)
        for decoder, skip in zip(self.decoders, skips[-2::-1], strict=True):
            x = decoder(skip, x)
        return torch.sigmoid(self.head(x))


def multiple(shape: AutoencoderShape) -> int:
    """Return the number of which a side must be a multiple, so that every pooling halves it evenly."""
    step: int = 2 ** (shape.levels - 1)
    return step


def check_size(shape: AutoencoderShape, size: tuple[int, int]) -> None:
    """Refuse an image size that the poolings cannot halve evenly.

    Raises:
        UsageError: if a side is no multiple of 2 ** (levels - 1).
    """
    step = multiple(shape)
    if any(side % step for side in size):
        raise UsageError(
            f"An autoencoder of {shape.levels} levels cannot take {size[0]} x {size[1]} pixels.",
            f"sides that are multiples of {step}",
            "prepare the data at such a size, or lower method.generator.levels",
        )


def _filters(conv: nn.Module) -> tuple[Tensor, Tensor]:
    return conv.get_parameter("weight"), conv.get_parameter("bias")


def _conv_norm(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs)
