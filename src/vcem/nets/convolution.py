"""Convolutions of the generators and discriminators, which choose the faster of two ways to the same sums.

The modules are torch's own, with torch's parameters; only the way there differs, by rounding.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from vcem.nets import winograd
from vcem.nets.winograd import Tiling

LEAST_CHANNELS = 96  # with fewer, the transforms cost what the products save; measured on AVX-512
LEAST_TILES = 192  # with fewer, so does the transform of the filters

Images = Float[Tensor, "b c h w"]
Features = Float[Tensor, "b d i j"]


class ReflectConv(nn.Conv2d):
    """A convolution that mirrors the border; output size is input size / stride."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, bias: bool = True) -> None:
        super().__init__(inputs, outputs, kernel, stride, (kernel - 1) // 2, bias=bias, padding_mode="reflect")

    def forward(self, x: Images) -> Features:
        """Return the features."""
        edge = self._reversed_padding_repeated_twice
        rows, columns = ((s + edge[0] + edge[1] - self.kernel_size[0]) // self.stride[0] + 1 for s in x.shape[2:])
        t = _tiling(self.kernel_size[0], self.stride[0], len(x), (rows, columns))
        if not pays(x, self.weight, t):
            return super().forward(x)
        x = functional.pad(x, edge, mode="reflect")
        y: Tensor = _Convolution.apply(x, self.weight, t)
        return y if self.bias is None else y + self.bias[:, None, None]


class Up(nn.ConvTranspose2d):
    """A transposed convolution of kernel 4 and stride 2; output size is twice the input size."""

    def __init__(self, inputs: int, outputs: int, bias: bool = True) -> None:
        super().__init__(inputs, outputs, 4, 2, 1, bias=bias)

    def forward(self, x: Images, output_size: list[int] | None = None) -> Features:
        """Return the features."""
        t = _tiling(4, 2, len(x), (x.shape[2], x.shape[3]))
        if not pays(x, self.weight, t):
            return super().forward(x, output_size)
        y: Tensor = _Transposed.apply(x, self.weight, t)
        return y if self.bias is None else y + self.bias[:, None, None]


def _tiling(kernel: int, stride: int, batch: int, size: tuple[int, int]) -> Tiling:
    taps = max(kernel // stride, 1)
    return Tiling(m=3 if taps == 4 else 4, r=taps, s=stride, batch=batch, rows=size[0], columns=size[1])


def pays(x: Images, weight: Float[Tensor, "k d i j"], t: Tiling) -> bool:
    """Whether minimal filtering is faster here than torch's own convolution."""
    k, c, kernel, _ = weight.shape
    fits = t.r in (2, 3, 4) and t.r * t.s == kernel
    plain = x.device.type == "cpu" and x.dtype is torch.float32 and not torch.is_autocast_enabled("cpu")
    return fits and plain and min(c * t.s**2, k) >= LEAST_CHANNELS and t.batch * t.down * t.across >= LEAST_TILES


def _channels_last(x: Images) -> Float[Tensor, "b h w c"]:
    return x.permute(0, 2, 3, 1).contiguous()


class _Convolution(torch.autograd.Function):
    """y = A' [sum over c of (G g) * (B' d)]."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, t: Tiling) -> Tensor:  # noqa: ANN401 (torch's context)
        ctx.save_for_backward(x, weight)
        ctx.tiling = t
        d = winograd.input_tiles(winograd.grown(_channels_last(x), *t.padded), t)
        return winograd.join_output_tiles(torch.bmm(d, winograd.filters(weight, t).transpose(1, 2)), t).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, Tensor | None, None]:  # noqa: ANN401
        x, weight = ctx.saved_tensors
        t: Tiling = ctx.tiling
        dy = winograd.output_tiles(_channels_last(dy), t)
        dx = dw = None
        if ctx.needs_input_grad[0]:
            whole = winograd.add_input_tiles(torch.bmm(dy, winograd.filters(weight, t)), t)
            dx = whole[:, : x.shape[2], : x.shape[3]].permute(0, 3, 1, 2)
        if ctx.needs_input_grad[1]:
            d = winograd.input_tiles(winograd.grown(_channels_last(x), *t.padded), t)
            dw = winograd.gradient_of_filters(torch.bmm(dy.transpose(1, 2), d), t)
        return dx, dw, None


class _Transposed(torch.autograd.Function):
    """The gradient of `_Convolution` as a function of its own; its border of 1 is cut off."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, t: Tiling) -> Tensor:  # noqa: ANN401
        ctx.save_for_backward(x, weight)
        ctx.tiling = t
        products = torch.bmm(winograd.output_tiles(_channels_last(x), t), winograd.filters(weight, t))
        whole = winograd.add_input_tiles(products, t)
        return whole[:, 1 : 1 + 2 * t.rows, 1 : 1 + 2 * t.columns].permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, Tensor | None, None]:  # noqa: ANN401
        x, weight = ctx.saved_tensors
        t: Tiling = ctx.tiling
        bordered = functional.pad(_channels_last(dy), (0, 0, 1, 1, 1, 1))
        d = winograd.input_tiles(winograd.grown(bordered, *t.padded), t)
        dx = dw = None
        if ctx.needs_input_grad[0]:
            dx = winograd.join_output_tiles(torch.bmm(d, winograd.filters(weight, t).transpose(1, 2)), t).permute(0, 3, 1, 2)
        if ctx.needs_input_grad[1]:
            dw = winograd.gradient_of_filters(
                torch.bmm(winograd.output_tiles(_channels_last(x), t).transpose(1, 2), d), t
            )
        return dx, dw, None
