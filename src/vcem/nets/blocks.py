"""The few layers that the networks share."""

from collections.abc import Callable
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

Norm = Literal["batch", "instance", "none"]
EPSILON = 1e-5  # torch's default


class InstanceNorm(nn.Module):
    """nn.InstanceNorm2d without parameters (Ulyanov et al. 2016), in the channels-last layout.

    Of our own because torch 2.13's has a wrong gradient on a CPU for one image in that layout, and is slow for more;
    its group norm of one channel a group sums squares in an order that loses three digits where the mean is ten times
    the standard deviation.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Return each channel of each image with mean 0 and standard deviation 1."""
        if torch.compiler.is_exporting():
            return functional.instance_norm(x, eps=EPSILON)
        normed: Tensor = _InstanceNorm.apply(x)  # type: ignore[no-untyped-call]  # torch ships it untyped
        return normed


class _InstanceNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401 (torch's context)
        pixels = _pixels(x.float())
        y = pixels - pixels.mean(1, keepdim=True)
        scale = (y.square().mean(1, keepdim=True) + EPSILON).rsqrt_()
        y.mul_(scale)
        ctx.save_for_backward(y, scale)
        return _image(y, x)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> Tensor:  # noqa: ANN401
        y, scale = ctx.saved_tensors
        given = _pixels(dy.float())
        along = (given * y).mean(1, keepdim=True).mul_(-scale)
        level = given.mean(1, keepdim=True).mul_(-scale)
        return _image(torch.addcmul(level, y, along).addcmul_(given, scale), dy)


def _pixels(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b hw c"]:
    return x.permute(0, 2, 3, 1).flatten(1, 2)


def _image(pixels: Float[Tensor, "b hw c"], like: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
    b, c, h, w = like.shape
    return pixels.view(b, h, w, c).permute(0, 3, 1, 2).to(like.dtype)


NORMS: dict[Norm, Callable[[int], nn.Module]] = {"batch": nn.BatchNorm2d, "instance": InstanceNorm, "none": nn.Identity}


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1, bias: bool = True) -> nn.Conv2d:
    """Return a convolution that mirrors the border by (kernel - 1) // 2."""
    return nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, bias=bias, padding_mode="reflect")


def leaky() -> nn.LeakyReLU:
    """Return the slope of 0.2 that PatchGAN and U-Net share (Isola et al. 2017, appendix 6.1)."""
    return nn.LeakyReLU(0.2)
