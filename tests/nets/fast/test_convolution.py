import copy

import pytest
import torch
from torch import nn

from vcem.nets.blocks import conv
from vcem.nets.fast import convolution, put_in

CASES = {
    "kernel 3": (conv(6, 5, 3), 20),
    "kernel 4, stride 2": (conv(6, 5, 4, 2, bias=False), 24),
    "kernel 4, stride 1, uneven": (conv(6, 5, 4), 20),
    "transposed": (nn.ConvTranspose2d(6, 5, 4, 2, 1), 12),
    "transposed, no bias": (nn.ConvTranspose2d(6, 5, 4, 2, 1, bias=False), 9),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_minimal_filtering_gives_torchs_sums_and_gradients(case, layout, monkeypatch):
    layer, size = CASES[case]
    torch.manual_seed(0)
    exact, x = copy.deepcopy(layer).double(), torch.randn(2, 6, size, size).to(memory_format=layout)
    layer = copy.deepcopy(layer)
    put_in(layer)
    x, wide = x.requires_grad_(), x.detach().double().requires_grad_()
    monkeypatch.setattr(convolution, "LEAST_CHANNELS", 1)
    monkeypatch.setattr(convolution, "LEAST_TILES", 1)
    y, expected = layer(x), exact(wide)
    assert type(y.grad_fn).__name__ != "ConvolutionBackward0"
    dy = torch.randn(expected.shape)
    y.backward(dy)
    expected.backward(dy.double())
    close = {"rtol": 1e-4, "atol": 1e-4}
    torch.testing.assert_close(y.double(), expected, **close)
    torch.testing.assert_close(x.grad.double(), wide.grad, **close)
    for own, other in zip(layer.parameters(), exact.parameters(), strict=True):
        torch.testing.assert_close(own.grad.double(), other.grad, **close)


def test_it_is_used_where_it_pays_only():
    wide, narrow = conv(96, 96, 3), conv(8, 8, 3)

    def pays(layer, x, size):
        return convolution.pays(x, layer.weight, convolution._tiling(3, 1, len(x), (size, size)))

    x = torch.empty(1, 96, 64, 64)
    assert pays(wide, x, 64)
    assert not pays(narrow, x, 64)
    assert not pays(wide, x, 8)
    assert not pays(wide, x.bfloat16(), 64)
    with torch.autocast("cpu", torch.bfloat16):
        assert not pays(wide, x, 64)


def test_a_frozen_layer_passes_gradients_without_weight_gradients(monkeypatch):
    monkeypatch.setattr(convolution, "LEAST_CHANNELS", 1)
    monkeypatch.setattr(convolution, "LEAST_TILES", 1)
    for layer in (conv(2, 2, 3), nn.ConvTranspose2d(2, 2, 4, 2, 1)):
        put_in(layer)
        layer.requires_grad_(False)
        x = torch.randn(1, 2, 8, 8, requires_grad=True)
        layer(x).sum().backward()
        assert x.grad is not None
        assert layer.weight.grad is None


@pytest.mark.parametrize("least", [1, 10**9])
def test_a_doubled_image_is_convolved_as_if_it_had_been_doubled(least, monkeypatch):
    monkeypatch.setattr(convolution, "LEAST_CHANNELS", least)
    monkeypatch.setattr(convolution, "LEAST_TILES", 1)
    x, weight = torch.randn(2, 3, 8, 12, requires_grad=True), torch.randn(5, 3, 3, 3, requires_grad=True)
    y = convolution.convolve_upsampled(x, weight)
    expected = torch.nn.functional.conv2d(torch.nn.Upsample(scale_factor=2)(x), weight, padding=1)
    close = {"rtol": 1e-4, "atol": 1e-4}
    torch.testing.assert_close(y, expected, **close)
    dy = torch.randn(y.shape)
    for own, other in zip(
        torch.autograd.grad(y, (x, weight), dy), torch.autograd.grad(expected, (x, weight), dy), strict=True
    ):
        torch.testing.assert_close(own, other, **close)


@pytest.mark.parametrize("kernel", [3, 4])
def test_a_border_of_zeros(kernel, monkeypatch):
    monkeypatch.setattr(convolution, "LEAST_CHANNELS", 1)
    monkeypatch.setattr(convolution, "LEAST_TILES", 1)
    x, weight, bias = torch.randn(1, 2, 12, 12), torch.randn(3, 2, kernel, kernel), torch.randn(3)
    expected = torch.nn.functional.conv2d(x, weight, bias, padding=1)
    torch.testing.assert_close(convolution.convolve(x, weight, bias), expected, rtol=1e-4, atol=1e-4)
