import pytest
import torch
from torch.nn import functional

from vcem.nets.blocks import NORMS, InstanceNorm, leaky


@pytest.mark.parametrize("images", [1, 3])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("mean", [0.0, 100.0])
def test_instance_norm_and_its_gradient_are_those_of_double_precision(images, layout, mean):
    torch.manual_seed(0)
    x = (torch.randn(images, 5, 24, 16) + mean).to(memory_format=layout).requires_grad_()
    exact = x.detach().double().contiguous().requires_grad_()
    dy = torch.randn(x.shape)
    y, expected = InstanceNorm(5)(x), functional.group_norm(exact, 5)
    y.backward(dy)
    expected.backward(dy.double())
    tolerance = {"rtol": 1e-4, "atol": 1e-5 * (1 + mean)}
    torch.testing.assert_close(y.double(), expected, **tolerance)
    torch.testing.assert_close(x.grad.double(), exact.grad, **tolerance)


def test_instance_norm_agrees_with_torchs_own():
    x = torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(InstanceNorm(3)(x), torch.nn.InstanceNorm2d(3)(x))


def test_instance_norm_keeps_the_type_it_is_given():
    x = torch.randn(2, 3, 8, 8, requires_grad=True)
    y = InstanceNorm(3)(x.bfloat16())
    y.sum().backward()
    assert y.dtype is torch.bfloat16
    assert x.grad.dtype is torch.float32


def test_norms_and_slope():
    assert isinstance(NORMS["batch"](4), torch.nn.BatchNorm2d)
    assert leaky()(torch.tensor([-1.0, 2.0])).tolist() == pytest.approx([-0.2, 2.0])
