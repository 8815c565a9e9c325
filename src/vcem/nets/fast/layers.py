"""torch's own layers, and the autoencoder's blocks, which go the faster way to the same sums."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem.nets.autoencoder import Autoencoder, Residual
from vcem.nets.fast.convolution import convolve, convolve_upsampled, transpose_convolve

Images = Float[Tensor, "b c h w"]
Features = Float[Tensor, "b d i j"]


def put_in(nets: nn.Module) -> None:
    """Have these networks compute the faster way, with the weights that they have; other layers stay as they are."""
    for module in nets.modules():
        if type(module) is nn.Conv2d and _can_be_tiled(module):
            module.__class__ = FastConv
        elif type(module) is nn.ConvTranspose2d and _doubles(module):
            module.__class__ = FastUp
        elif type(module) is Residual:
            module.__class__ = FastResidual
        elif type(module) is Autoencoder:
            module.__class__ = FastAutoencoder


def _can_be_tiled(layer: nn.Conv2d) -> bool:
    kernel, other = layer.kernel_size
    alike = kernel == other and layer.stride[0] == layer.stride[1] and layer.dilation == (1, 1) and layer.groups == 1
    return alike and layer.padding == ((kernel - 1) // 2,) * 2 and layer.padding_mode == "reflect"


def _doubles(layer: nn.ConvTranspose2d) -> bool:
    shape = (layer.kernel_size, layer.stride, layer.padding, layer.output_padding, layer.dilation)
    return shape == ((4, 4), (2, 2), (1, 1), (0, 0), (1, 1)) and layer.groups == 1


class FastConv(nn.Conv2d):
    """A convolution that mirrors a border of (kernel - 1) // 2."""

    def forward(self, x: Images) -> Features:  # noqa: D102 (torch's)
        return convolve(x, self.weight, self.bias, self.stride[0], "reflect")


class FastUp(nn.ConvTranspose2d):
    """A transposed convolution of kernel 4 and stride 2."""

    def forward(self, x: Images, output_size: list[int] | None = None) -> Features:  # noqa: D102 (torch's)
        return transpose_convolve(x, self.weight, self.bias)


class FastResidual(Residual):
    """The autoencoder's block; the two convolutions of its input are computed as one."""

    def forward(self, x: Images, below: Float[Tensor, "b e k l"] | None = None) -> Float[Tensor, "b d h w"]:
        """Return the features of x, or of x beside the doubled image below it."""
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


class FastAutoencoder(Autoencoder):
    """The autoencoder, whose decoders double the image below them by themselves."""

    def decode(self, decoder: nn.Module, skip: Images, below: Features) -> Images:
        """Return a decoder's features."""
        features: Tensor = decoder(skip, below)
        return features


def _filters(conv: nn.Module) -> tuple[Tensor, Tensor]:
    return conv.get_parameter("weight"), conv.get_parameter("bias")
