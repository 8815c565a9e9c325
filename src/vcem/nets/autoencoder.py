"""The paper's autoencoder (§3.2.1), as its authors coded it: residual blocks, bypass connections, three poolings."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from vcem.core.errors import UsageError
from vcem.core.recipe import Count, strict
from vcem.core.seeds import rng_for

Thinning = tuple[int, int]  # the seed and the number of a pass: which channels are left out


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

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h w"]:
        """Return the block's features."""
        out: Tensor = self.norm(torch.relu(self.main(x) + self.shortcut(x)))
        return out


class Autoencoder(nn.Module):
    """1,644,409 parameters in the paper's shape.

    `dropout`: share of the channels that each block but the last loses: at random in training; in a prediction those of
    one thinning, the same for every image, or none.
    """

    def __init__(self, shape: AutoencoderShape, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = dropout
        widths = [shape.width * 2**i for i in range(shape.levels)]
        self.encoders = nn.ModuleList(Residual(a, b) for a, b in zip([1, *widths], widths, strict=False))
        self.decoders = nn.ModuleList(Residual(a + b, b) for a, b in zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.pool, self.up = nn.MaxPool2d(2), nn.Upsample(scale_factor=2)
        self.head = nn.Conv2d(shape.width, 1, 1)

    def forward(self, x: Float[Tensor, "b 1 h w"], thinning: Thinning | None = None) -> Float[Tensor, "b 1 h w"]:
        """Return an image in [0, 1]."""
        skips: list[Tensor] = []
        for encoder in self.encoders:
            x = self.thinned(encoder(self.pool(x) if skips else x), len(skips), thinning)
            skips.append(x)
        for i, (decoder, skip) in enumerate(zip(self.decoders, skips[-2::-1], strict=True), 1):
            x = self.decode(decoder, skip, x)
            x = x if i == len(self.decoders) else self.thinned(x, -i, thinning)
        return torch.sigmoid(self.head(x))

    def thinned(self, x: Float[Tensor, "b c h w"], place: int, thinning: Thinning | None) -> Tensor:
        """Return features without the channels that dropout takes after the block of that place."""
        if not self.dropout or (thinning is None and not self.training):
            return x
        if thinning is None:
            return functional.dropout2d(x, self.dropout)
        seed, number = thinning
        kept = rng_for(seed, "dropout", number, place).random(x.shape[1]) >= self.dropout
        return x * x.new_tensor((kept / (1 - self.dropout)).tolist())[:, None, None]

    def decode(self, decoder: nn.Module, skip: Float[Tensor, "b c h w"], below: Float[Tensor, "b d i j"]) -> Tensor:
        """Return a decoder's features of the image of its level beside the doubled image below."""
        features: Tensor = decoder(torch.cat([skip, self.up(below)], 1))
        return features


def multiple(shape: AutoencoderShape) -> int:
    """Return the number of which a side must be a multiple, so that every pooling halves it evenly."""
    step: int = 2 ** (shape.levels - 1)
    return step


def check_size(shape: AutoencoderShape, size: tuple[int, int]) -> None:
    """Refuse an image size that the poolings cannot halve evenly.

    Raises:
        UsageError: if a side is not a multiple of 2 ** (levels - 1).
    """
    step = multiple(shape)
    if any(side % step for side in size):
        raise UsageError(
            f"An autoencoder of {shape.levels} levels cannot take {size[0]} x {size[1]} pixels.",
            f"sides that are multiples of {step}",
            "prepare the data at such a size, or lower method.generator.levels",
        )


def _conv_norm(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs)
