"""A batch turned so that all breasts face one way, and cut to the part of the grid that holds breasts.

For networks whose features of air are 0: their image is the same with less air around.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

Image = Float[Tensor, "b c h w"]
Mask = Float[Tensor, "b 1 h w"]
Drawn = Float[Tensor, "b d h w"]
Part = Float[Tensor, "b c i j"]


@dataclass(frozen=True)
class Cut:
    """Which images are mirrored, and how many pixels are cut left, right, above and below; None: no cut."""

    mirrored: Bool[Tensor, "b 1 1 1"]
    margins: tuple[int, int, int, int] | None

    def do(self, image: Image) -> Part:
        """Return the images turned and cut."""
        turned = torch.where(self.mirrored, image.flip(3), image)
        return functional.pad(turned, [-m for m in self.margins]) if self.margins else turned

    def undo(self, image: Part) -> Image:
        """Return the images as they lay, 0 where they were cut."""
        whole = functional.pad(image, self.margins) if self.margins else image
        return torch.where(self.mirrored, whole.flip(3), whole)


def cut_to_breasts(mask: Float[Tensor, "b 1 h w"], multiple: int) -> Cut:
    """Return the turn and cut of a batch; what is left begins and ends at multiples of `multiple`.

    A graph to export is not cut, nor is a shape without numbers: what could be cut is not known.
    """
    half = mask.shape[3] // 2
    mirrored = mask.flip(3)[..., :half].sum((1, 2, 3), keepdim=True) > mask[..., :half].sum((1, 2, 3), keepdim=True)
    if torch.compiler.is_exporting() or mask.is_meta or not mask.any():
        return Cut(mirrored, None)
    seen = torch.where(mirrored, mask.flip(3), mask).amax((0, 1)) > 0
    return Cut(mirrored, (*_margins(seen.any(0), multiple), *_margins(seen.any(1), multiple)))


def draw_cut(net: Callable[[Tensor, Tensor], Tensor], x: Image, mask: Mask, multiple: int) -> Drawn:
    """Return net(x, mask) drawn on the part of the grid that holds breasts, as the images lay; air of x is black."""
    cut = cut_to_breasts(mask, multiple)
    return cut.undo(net(cut.do(torch.where(mask > 0, x, 0)), cut.do(mask)))


def _margins(seen: Bool[Tensor, " n"], multiple: int) -> tuple[int, int]:
    first, last = seen.nonzero()[[0, -1], 0].tolist()
    return first // multiple * multiple, len(seen) - (last // multiple + 1) * multiple
