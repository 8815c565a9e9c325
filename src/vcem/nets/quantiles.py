"""How far the truth may lie below and above a virtual DES image: a small network beside a frozen generator.

It sees LE, the image that was drawn and the mask, whatever drew it. It is fitted after the generator, which it would
harm in one training with it. Angelopoulos et al. (2022) have such heads on features that all share.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from vcem.nets.blocks import conv, leaky

LEAST = 1 / 255
"""No distance is smaller than a grey level of eight bits, so that every interval can be widened by a factor."""
FIRST = -3.0  # softplus of it is about the error of a virtual DES
Image = Float[Tensor, "b 1 h w"]


class QuantileHead(nn.Module):
    """Two distances from y_hat, of the lower and of the upper quantile, on half the rows and columns.

    Rows and columns of an image are multiples of 8.
    """

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        widths = (3, width, 2 * width, 2 * width)
        self.down = nn.ModuleList(
            nn.Sequential(conv(a, b, 3), leaky(), conv(b, b, 3), leaky()) for a, b in pairwise(widths)
        )
        self.up = nn.ModuleList(
            nn.Sequential(conv(a + b, b, 3), leaky()) for a, b in zip(widths[:1:-1], widths[-2:0:-1], strict=False)
        )
        self.last = conv(width, 2, 3)
        nn.init.constant_(self.last.bias, FIRST)  # type: ignore[arg-type]  # it has one

    def forward(self, x: Image, y_hat: Image, mask: Image) -> Float[Tensor, "b 2 h w"]:
        """Return the distances of the lower and the upper quantile, at least LEAST."""
        features = functional.avg_pool2d(torch.cat([x * mask, y_hat * mask, mask], 1), 2)
        passed: list[Tensor] = []
        for block in self.down:
            features = block(features if not passed else functional.avg_pool2d(features, 2))
            passed.append(features)
        for block, finer in zip(self.up, passed[-2::-1], strict=True):
            features = block(torch.cat([functional.interpolate(features, scale_factor=2, mode="bilinear"), finer], 1))
        distances = functional.interpolate(self.last(features), scale_factor=2, mode="bilinear")
        return functional.softplus(distances) + LEAST


def pinball(error: Image, quantile: Image, share: float, weight: Image) -> Float[Tensor, ""]:
    """Return the weighted mean of Koenker & Bassett's (1978) loss, least where `share` of the errors are below."""
    rest = error - quantile
    return (torch.maximum(share * rest, (share - 1) * rest) * weight).sum() / weight.sum().clamp_min(1)
