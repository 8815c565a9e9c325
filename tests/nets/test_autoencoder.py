import pytest
import torch

from vcem.core.errors import UsageError
from vcem.methods.method import parameters
from vcem.nets.autoencoder import Autoencoder, AutoencoderShape, check_size


def test_it_has_the_parameters_of_the_authors_network():
    with torch.device("meta"):
        net = Autoencoder(AutoencoderShape())
    assert parameters(net) == 1_644_409
    assert sum(b.numel() for b in net.buffers()) == 4_252


@pytest.mark.parametrize("size", [16, 24, 40])
def test_it_keeps_the_size_and_stays_in_range(size):
    y = Autoencoder(AutoencoderShape(2, 4))(torch.randn(2, 1, size, size))
    assert y.shape == (2, 1, size, size)
    assert 0 <= y.min() <= y.max() <= 1


def test_the_bypass_carries_detail_that_pooling_loses():
    torch.manual_seed(0)
    net = Autoencoder(AutoencoderShape(4, 3)).eval()
    checker = torch.zeros(1, 1, 16, 16)
    checker[..., ::2, ::2] = checker[..., 1::2, 1::2] = 1
    assert net(checker).std() > 10 * net(torch.full_like(checker, 0.5))[..., 6:10, 6:10].std()


def test_a_size_that_cannot_be_pooled_is_refused():
    with pytest.raises(UsageError, match=r"64 x 36 pixels\.\n  expected: sides that are multiples of 8"):
        check_size(AutoencoderShape(), (64, 36))
    check_size(AutoencoderShape(), (512, 256))
