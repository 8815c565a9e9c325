import pytest
import torch

from vcem.core.errors import UsageError
from vcem.methods.method import parameters
from vcem.nets.resnet import ResNet, ResNetShape, check_size


def test_it_has_the_parameters_of_the_authors_network():
    with torch.device("meta"):
        net = ResNet(ResNetShape())
    assert parameters(net) == 11_365_633
    assert not list(net.buffers())


@pytest.mark.parametrize("size", [8, 20])
def test_it_keeps_the_size_and_stays_in_range(size):
    y = ResNet(ResNetShape(2, 2))(torch.randn(2, 1, size, size))
    assert y.shape == (2, 1, size, size)
    assert 0 <= y.min() <= y.max() <= 1


def test_each_image_is_treated_alone():
    net, x = ResNet(ResNetShape(2, 1)), torch.randn(3, 1, 16, 16)
    alone = torch.cat([net(image[None]) for image in x])
    torch.testing.assert_close(net(x), alone)


@pytest.mark.parametrize("size", [(4, 8), (8, 30)])
def test_a_size_that_cannot_be_halved_twice_is_refused(size):
    with pytest.raises(UsageError, match="multiples of 4"):
        check_size(size)
