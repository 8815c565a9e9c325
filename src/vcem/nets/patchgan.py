"""The PatchGAN discriminator (Isola et al. 2017): one verdict a patch; 70 x 70 pixels see into each with 3 layers."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from vcem.core.errors import UsageError
from vcem.core.recipe import Count, strict
from vcem.nets.blocks import NORMS, Norm, conv, leaky


@strict
@dataclass(frozen=True)
class PatchGANShape:
    """Width of the first layer (then up to 8 times as wide) and number of halving layers. The paper's: 64 and 3."""

    width: Count = 64
    layers: Count = 3


class PatchGAN(nn.Module):
    """2,764,609 parameters for two images under batch norm, 2,762,689 for one under instance norm."""

    def __init__(self, shape: PatchGANShape, images: int, norm: Norm) -> None:
        super().__init__()
        widths = [shape.width * min(2**i, 8) for i in range(shape.layers + 1)]
        layers: list[nn.Module] = [nn.Sequential(conv(images, widths[0], 4, 2), leaky())]
        for i in range(1, len(widths)):
            stride = 2 if i < shape.layers else 1
            layer = conv(widths[i - 1], widths[i], 4, stride, bias=norm != "batch")
            layers.append(nn.Sequential(layer, NORMS[norm](widths[i]), leaky()))
        self.layers = nn.Sequential(*layers, conv(widths[-1], 1, 4))

    def forward(self, images: Float[Tensor, "b c h w"]) -> Float[Tensor, "b 1 i j"]:
        """Return the verdicts as logits, one a patch."""
        logits: Tensor = self.layers(images)
        return logits


def check_size(shape: PatchGANShape, size: tuple[int, int]) -> None:
    """Refuse an image size of which no patch would remain.

    Raises:
        UsageError: if so.
    """
    least = 3 * 2**shape.layers
    if min(size) < least:
        raise UsageError(
            f"A PatchGAN of {shape.layers} layers cannot judge {size[0]} x {size[1]} pixels.",
            f"sides of at least {least}",
            "lower method.discriminator.layers",
        )
