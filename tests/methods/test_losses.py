import math

import pytest
import torch

from vcem.methods.losses import l1, l1_each, least_squares, log_loss


def images(*rows):
    return torch.tensor(rows, dtype=torch.float32).view(len(rows), 1, 2, -1)


def test_l1_is_the_mean_difference():
    a, b = images([0.0, 0.25, 0.5, 1.0]), images([0.5, 0.25, 0.0, 0.0])
    assert l1(a, b).item() == pytest.approx((0.5 + 0 + 0.5 + 1) / 4)
    assert l1(b, a) == l1(a, b)


def test_masked_l1_counts_breast_pixels_only():
    y_hat, y, mask = images([0.5, 0.9, 0.0, 1.0]), images([0.25, 0.1, 1.0, 1.0]), images([1.0, 0.0, 0.0, 1.0])
    assert l1(y_hat, y, mask).item() == pytest.approx((0.25 + 0) / 2)
    worse_in_the_air = y_hat + 100 * (1 - mask)
    assert l1(worse_in_the_air, y, mask) == l1(y_hat, y, mask)


def test_each_image_weighs_the_same_however_large_its_breast():
    y_hat, y = images([1.0, 0, 0, 0], [0.0, 0, 0, 0]), torch.zeros(2, 1, 2, 2)
    mask = images([1.0, 0, 0, 0], [1.0, 1, 1, 1])
    assert l1_each(y_hat, y, mask).tolist() == [1.0, 0.0]
    assert l1(y_hat, y, mask).item() == 0.5, "pooled over pixels it would be 0.2"


def test_an_empty_mask_costs_nothing():
    y_hat = torch.ones(1, 1, 2, 2, requires_grad=True)
    loss = l1(y_hat, torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2))
    loss.backward()
    assert loss.item() == 0
    assert not y_hat.grad.any()


def test_log_loss_is_the_cross_entropy_of_the_logits():
    undecided, sure = torch.zeros(1, 1, 2, 2), torch.full((1, 1, 2, 2), math.log(3))  # probabilities 1/2 and 3/4
    assert log_loss(undecided, True).item() == pytest.approx(math.log(2))
    assert log_loss(sure, True).item() == pytest.approx(-math.log(3 / 4))
    assert log_loss(sure, False).item() == pytest.approx(-math.log(1 / 4))


def test_least_squares_is_the_distance_from_the_verdict_that_is_wanted():
    verdicts = images([0.2, 0.6])
    assert least_squares(verdicts, True).item() == pytest.approx((0.64 + 0.16) / 2)
    assert least_squares(verdicts, False).item() == pytest.approx((0.04 + 0.36) / 2)


@pytest.mark.parametrize("loss", [lambda a: l1(a, torch.zeros_like(a)), lambda a: log_loss(a, True),
                                  lambda a: least_squares(a, False)])  # fmt: skip
def test_losses_are_computed_in_single_precision(loss):
    half = torch.linspace(0, 1, 4096).view(1, 1, 64, 64).bfloat16()
    assert loss(half).dtype is torch.float32
    assert loss(half) == loss(half.float())
