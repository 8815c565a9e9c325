import pytest
import torch
from torch.nn import functional

from vcem.nets.fast.one_output import convolve_to_one


@pytest.mark.parametrize("kernel", [4, 7])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_it_is_torchs_convolution_with_its_gradients(kernel, layout):
    torch.manual_seed(0)
    x = torch.randn(2, 3, 12, 10).to(memory_format=layout).requires_grad_()
    weight = torch.randn(1, 3, kernel, kernel).to(memory_format=layout).requires_grad_()
    y, expected = convolve_to_one(x, weight), functional.conv2d(x, weight)
    close = {"rtol": 1e-4, "atol": 1e-4}
    torch.testing.assert_close(y, expected, **close)
    dy = torch.randn(y.shape)
    for own, other in zip(
        torch.autograd.grad(y, (x, weight), dy), torch.autograd.grad(expected, (x, weight), dy), strict=True
    ):
        torch.testing.assert_close(own, other, **close)


def test_a_frozen_filter_collects_no_gradient():
    x, weight = torch.randn(1, 2, 6, 6, requires_grad=True), torch.randn(1, 2, 3, 3)
    convolve_to_one(x, weight).sum().backward()
    assert x.grad is not None
    assert weight.grad is None
