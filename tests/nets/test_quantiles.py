import torch

from vcem.nets.quantiles import LEAST, QuantileHead, pinball


def test_distances_are_never_nothing_and_have_the_shape_of_the_image():
    x = torch.rand(2, 1, 24, 16)
    distances = QuantileHead(4)(x, x, torch.ones_like(x))
    assert distances.shape == (2, 2, 24, 16)
    assert (distances >= LEAST).all()


def test_air_does_not_reach_the_head():
    x, mask = torch.rand(1, 1, 16, 16), torch.zeros(1, 1, 16, 16)
    mask[..., :8] = 1
    head = QuantileHead(4)
    assert torch.equal(head(x, x, mask), head(x * mask, x * mask, mask))


def test_the_pinball_loss_is_least_at_the_quantile():
    errors = torch.linspace(0, 1, 101).reshape(1, 1, 1, -1)
    losses = [pinball(errors, torch.full_like(errors, q), 0.95, torch.ones_like(errors)) for q in (0.85, 0.95, 1.05)]
    assert losses[1] < min(losses[0], losses[2])
