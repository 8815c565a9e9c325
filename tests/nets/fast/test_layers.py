import copy

import pytest
import torch
from torch import nn

from vcem.nets.autoencoder import Autoencoder, AutoencoderShape
from vcem.nets.blocks import conv
from vcem.nets.fast import put_in
from vcem.nets.fast.layers import FastConv, FastUp
from vcem.nets.resnet import ResNet, ResNetShape
from vcem.nets.unet import UNet, UNetShape

NETS = {
    "autoencoder": Autoencoder(AutoencoderShape(3, 3)),
    "unet": UNet(UNetShape(3, 3, 0)),
    "resnet": ResNet(ResNetShape(3, 1)),
}


@pytest.mark.parametrize("name", NETS)
def test_the_same_network_with_its_gradients_and_running_statistics(name):
    torch.manual_seed(0)
    plain, x = copy.deepcopy(NETS[name]), torch.rand(2, 1, 16, 24)
    fast = copy.deepcopy(plain)
    put_in(fast)
    assert list(fast.state_dict()) == list(plain.state_dict())
    close = {"rtol": 1e-3, "atol": 1e-5}
    for net in (plain, fast):
        net(x).square().mean().backward()
    torch.testing.assert_close(fast(x), plain(x), **close)
    for own, other in zip(fast.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(own.grad, other.grad, **close)
    for own, other in zip(fast.buffers(), plain.buffers(), strict=True):
        torch.testing.assert_close(own, other, **close)


def test_only_layers_that_it_can_compute_are_replaced():
    kept = [nn.Conv2d(2, 2, 3), nn.Conv2d(2, 2, 3, padding=1, groups=2), nn.Conv2d(2, 2, 3, padding=2, dilation=2),
            nn.Conv2d(2, 2, (3, 1), padding=(1, 0)), nn.Conv2d(2, 2, 3, padding=1, padding_mode="circular"),
            nn.Conv2d(2, 2, 3, padding=1), nn.ConvTranspose2d(2, 2, 2, 2), nn.Linear(2, 2)]  # fmt: skip
    taken = [conv(2, 2, 3), conv(2, 2, 4, 2), nn.ConvTranspose2d(2, 2, 4, 2, 1)]
    put_in(nn.ModuleList([*kept, *taken]))
    assert [type(layer) for layer in taken] == [FastConv, FastConv, FastUp]
    assert not any(isinstance(layer, FastConv | FastUp) for layer in kept)
