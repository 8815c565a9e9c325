import pytest
from torch import nn

from vcem.train.average import Average


def test_the_average_follows_the_weights_and_buffers_are_the_last():
    net = nn.BatchNorm1d(1)
    average = Average(net, 0.9)
    for value in (1.0, 2.0, 3.0):
        nn.init.constant_(net.weight, value)
        net.running_mean.fill_(value)
        average.take(net)
    expected = 1.0  # as the network began
    for n, value in enumerate((1.0, 2.0, 3.0), 1):
        kept = min(0.9, (1 + n) / (10 + n))
        expected = kept * expected + (1 - kept) * value
    assert average.nets.weight.tolist() == pytest.approx([expected])
    assert average.nets.running_mean.tolist() == [3.0]
    with average.standing_in(net):
        assert net.weight.tolist() == average.nets.weight.tolist()
    assert net.weight.tolist() == [3.0]
