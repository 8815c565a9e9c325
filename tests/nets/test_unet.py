import pytest
import torch

from vcem.core.errors import UsageError
from vcem.methods.method import parameters
from vcem.nets.unet import UNet, UNetShape, check_size


def test_it_has_the_parameters_of_the_authors_network():
    with torch.device("meta"):
        net = UNet(UNetShape())
    assert parameters(net) == 54_408_385
    assert sum(b.numel() for b in net.buffers()) == 9_869


@pytest.mark.parametrize(("depth", "size"), [(3, 8), (5, 32), (4, 48)])
def test_it_keeps_the_size_and_stays_in_range(depth, size):
    y = UNet(UNetShape(2, depth)).eval()(torch.randn(2, 1, size, size))
    assert y.shape == (2, 1, size, size)
    assert 0 <= y.min() <= y.max() <= 1


def test_only_the_inner_blocks_drop_out():
    net = UNet(UNetShape(2, 6, 3))
    assert [isinstance(up[-1], torch.nn.Dropout) for up in net.ups] == [True, True, True, False, False]


def test_a_depth_that_the_size_does_not_allow_is_refused_with_the_depth_that_fits():
    with pytest.raises(UsageError, match=r"cannot halve 256 x 128 pixels 8 times(.|\n)*depth to 7 or less"):
        check_size(UNetShape(), (256, 128))
    with pytest.raises(ValueError, match="depth of 3 or more, not 2"):
        UNetShape(depth=2)
    check_size(UNetShape(), (256, 512))
