"""Convolutions to one channel, as products: one for every pixel and tap, then a sum of shifted images.

torch's CPU library computes sixteen output channels to keep one.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


def convolve_to_one(x: Float[Tensor, "b c h w"], weight: Float[Tensor, "1 c k k"]) -> Float[Tensor, "b 1 i j"]:
    """Return the convolution of images, whose border is already grown, with one filter."""
    y: Tensor = _ToOne.apply(x, weight)  # type: ignore[no-untyped-call]  # torch ships it untyped
    return y


def _pixels(x: Tensor) -> Tensor:
    """View images as b pixels c."""
    return x.permute(0, 2, 3, 1).reshape(len(x), -1, x.shape[1])


def _taps(weight: Tensor) -> Tensor:
    return weight.permute(0, 2, 3, 1).reshape(-1, weight.shape[1])


def _for_each(x: Tensor, matrix: Tensor) -> Tensor:
    """Repeat the matrix for every image: products image by image, so that none depends on its batch by rounding."""
    return matrix.expand(len(x), *matrix.shape)


def _shifted(maps: Tensor, size: tuple[int, int], kernel: int) -> list[Tensor]:
    """View each tap's map (b taps pixels) where it meets the output."""
    h, w = size
    rows, columns = h - kernel + 1, w - kernel + 1
    whole = maps.view(len(maps), kernel, kernel, h, w)
    return [whole[:, i : i + 1, j, i : i + rows, j : j + columns] for i in range(kernel) for j in range(kernel)]


class _ToOne(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:  # noqa: ANN401 (torch's context)
        ctx.save_for_backward(x, weight)
        maps = torch.bmm(_for_each(x, _taps(weight)), _pixels(x).transpose(1, 2))
        first, *others = _shifted(maps, (x.shape[2], x.shape[3]), weight.shape[2])
        y = first.contiguous()
        for other in others:
            y += other
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, Tensor | None]:  # noqa: ANN401
        x, weight = ctx.saved_tensors
        b, c, h, w = x.shape
        k = weight.shape[2]
        maps = dy.new_zeros(b, k * k, h * w)
        for place in _shifted(maps, (h, w), k):
            place.copy_(dy)
        dx = dw = None
        if ctx.needs_input_grad[0]:
            dx = torch.bmm(maps.transpose(1, 2), _for_each(x, _taps(weight))).view(b, h, w, c).permute(0, 3, 1, 2)
        if ctx.needs_input_grad[1]:
            dw = torch.bmm(maps, _pixels(x)).sum(0).view(1, k, k, c).permute(0, 3, 1, 2)
        return dx, dw
