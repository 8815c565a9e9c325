import pytest
import torch

from vcem.nets.init import initialise


def net():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(8, 32, 4), torch.nn.BatchNorm2d(32), torch.nn.ConvTranspose2d(32, 8, 4))


def test_torchs_default_is_left_alone():
    before, after = net(), net()
    initialise(after, "torch")
    assert all(torch.equal(a, b) for a, b in zip(before.parameters(), after.parameters(), strict=True))


def test_normal_draws_weights_of_standard_deviation_002_and_no_bias():
    drawn = net()
    initialise(drawn, "normal")
    for layer in (drawn[0], drawn[2]):
        assert layer.weight.std().item() == pytest.approx(0.02, rel=0.05)
        assert not layer.bias.any()
    assert drawn[1].weight.mean().item() == pytest.approx(1, abs=0.02)
