"""Convolutions that take the faster of two ways to the same sums; torch's own results differ from them by rounding."""

from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from vcem.nets.fast import winograd
from vcem.nets.fast.one_output import convolve_to_one
from vcem.nets.fast.winograd import Tiling

LEAST_CHANNELS = 96  # with fewer, the transforms cost what the products save; measured on AVX-512
LEAST_TILES = 64  # with fewer, so does the transform of the filters

KEPT_BYTES = 2**26  # transformed inputs up to this size are kept for the backward pass, larger ones computed again
REPEATED = ((0, 0, 1), (0, 1, 1), (1, 1, 0), (1, 0, 0))  # which taps of three meet one pixel, after doubling

Images = Float[Tensor, "b c h w"]
Features = Float[Tensor, "b d i j"]
Border = Literal["constant", "reflect"]


def convolve(
    x: Images,
    weight: Float[Tensor, "d c k k"],
    bias: Float[Tensor, " d"] | None,
    stride: int = 1,
    border: Border = "constant",
) -> Features:
    """Return the convolution of images whose border is grown by (kernel - 1) // 2, with zeros or mirrored."""
    kernel = weight.shape[2]
    edge = (kernel - 1) // 2
    rows, columns = ((side + 2 * edge - kernel) // stride + 1 for side in x.shape[2:])
    t = _tiling(kernel, stride, len(x), (rows, columns))
    fewer, to_one = pays(x, weight, t), _in_float32_on_cpu(x) and len(weight) == 1 and kernel > 1 and stride == 1
    if not (fewer or to_one):
        return _direct(x, weight, bias, stride, border)
    x = functional.pad(x, (edge, edge, edge, edge), mode=border)
    return _with_bias(_apply(_Convolution, x, weight, t) if fewer else convolve_to_one(x, weight), bias)


def _direct(x: Images, weight: Tensor, bias: Tensor | None, stride: int, border: Border) -> Features:
    """Return torch's own convolution."""
    edge = (weight.shape[2] - 1) // 2
    if border == "constant":
        return functional.conv2d(x, weight, bias, stride, edge)
    return functional.conv2d(functional.pad(x, (edge, edge, edge, edge), mode=border), weight, bias, stride)


def transpose_convolve(
    x: Images, weight: Float[Tensor, "c d 4 4"], bias: Float[Tensor, " d"] | None = None
) -> Features:
    """Return the transposed convolution of stride 2, twice the size of the images."""
    t = _tiling(4, 2, len(x), (x.shape[2], x.shape[3]))
    if not pays(x, weight, t):
        return functional.conv_transpose2d(x, weight, bias, 2, 1)
    return _with_bias(_apply(_Transposed, x, weight, t), bias)


def convolve_upsampled(x: Images, weight: Float[Tensor, "d c 3 3"]) -> Features:
    """Return the convolution of the images after they were doubled by repetition.

    Where a filter's taps meet the same repeated pixel they are added up first: 4 products a pixel in place of 9.
    """
    doubled = x.new_tensor(REPEATED)
    met = torch.einsum("kt,dctu,lu->cdkl", doubled, weight, doubled)
    return transpose_convolve(x, met.contiguous(memory_format=torch.channels_last))


def pays(x: Images, weight: Float[Tensor, "d e k k"], t: Tiling) -> bool:
    """Whether minimal filtering is faster here than torch's own convolution."""
    outputs, inputs, kernel, _ = weight.shape
    fits = t.r in (2, 3, 4) and t.r * t.s == kernel
    return fits and _in_float32_on_cpu(x) and min(inputs * t.s**2, outputs) >= LEAST_CHANNELS and t.tiles >= LEAST_TILES


def _in_float32_on_cpu(x: Images) -> bool:
    return x.device.type == "cpu" and x.dtype is torch.float32 and not torch.is_autocast_enabled("cpu")


def _tiling(kernel: int, stride: int, batch: int, size: tuple[int, int]) -> Tiling:
    taps = max(kernel // stride, 1)
    return Tiling(m=3 if taps == 4 else 4, r=taps, s=stride, batch=batch, rows=size[0], columns=size[1])


def _with_bias(y: Features, bias: Float[Tensor, " d"] | None) -> Features:
    return y if bias is None else y + bias[:, None, None]


def _apply(function: type[torch.autograd.Function], x: Tensor, weight: Tensor, t: Tiling) -> Tensor:
    y: Tensor = function.apply(x, weight, t)  # type: ignore[no-untyped-call]  # torch ships it untyped
    return y


def _channels_last(x: Images) -> Float[Tensor, "b h w c"]:
    return x.permute(0, 2, 3, 1).contiguous()


class _Convolution(torch.autograd.Function):
    """y = A' [sum over c of (G g) * (B' d)]."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, t: Tiling) -> Tensor:  # noqa: ANN401 (torch's context)
        d = winograd.input_tiles(winograd.grown(_channels_last(x), *t.padded), t)
        ctx.save_for_backward(x, weight, d if d.nbytes <= KEPT_BYTES and ctx.needs_input_grad[1] else None)
        ctx.tiling = t
        products = torch.bmm(d, winograd.filters(weight, t).transpose(1, 2))
        return winograd.join_output_tiles(products, t).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, Tensor | None, None]:  # noqa: ANN401
        x, weight, d = ctx.saved_tensors
        t: Tiling = ctx.tiling
        dy = winograd.output_tiles(_channels_last(dy), t)
        dx = dw = None
        if ctx.needs_input_grad[0]:
            whole = winograd.add_input_tiles(torch.bmm(dy, winograd.filters(weight, t)), t)
            dx = whole[:, : x.shape[2], : x.shape[3]].contiguous().permute(0, 3, 1, 2)
        if ctx.needs_input_grad[1]:
            d = winograd.input_tiles(winograd.grown(_channels_last(x), *t.padded), t) if d is None else d
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
        return whole[:, 1 : 1 + 2 * t.rows, 1 : 1 + 2 * t.columns].contiguous().permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, Tensor | None, None]:  # noqa: ANN401
        x, weight = ctx.saved_tensors
        t: Tiling = ctx.tiling
        bordered = functional.pad(_channels_last(dy), (0, 0, 1, 1, 1, 1))
        d = winograd.input_tiles(winograd.grown(bordered, *t.padded), t)
        dx = dw = None
        if ctx.needs_input_grad[0]:
            products = torch.bmm(d, winograd.filters(weight, t).transpose(1, 2))
            dx = winograd.join_output_tiles(products, t).permute(0, 3, 1, 2)
        if ctx.needs_input_grad[1]:
            y = winograd.output_tiles(_channels_last(x), t)
            dw = winograd.gradient_of_filters(torch.bmm(y.transpose(1, 2), d), t)
        return dx, dw, None
