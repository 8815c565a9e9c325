import numpy as np
import pytest
import torch

from breasts import breasts
from piq_alone import load_piq
from vcem.core.errors import UsageError
from vcem.metrics.vif import vif


@pytest.mark.parametrize("size", [41, 64, 129])
def test_agrees_with_piq(size, given):
    y, y_hat, _ = breasts(n=5, size=size)
    peers = (torch.from_numpy(a)[:, None].double() for a in (y_hat, y))
    wanted = load_piq().vif_p(*peers, reduction="none")
    assert np.allclose(vif(given(y), given(y_hat)), wanted, atol=1e-4)
    assert np.allclose(vif(*(given(a.astype(float)) for a in (y, y_hat))), wanted, atol=1e-7)


def test_agrees_with_piq_on_noise_and_swapped_images(given):
    generator = torch.Generator().manual_seed(0)
    a, b = torch.rand(2, 3, 1, 64, 64, generator=generator)
    for y, y_hat in ((a, b), (b, a), (a, a), (a, 1 - a)):
        wanted = load_piq().vif_p(y_hat, y, reduction="none")
        assert np.allclose(vif(*(given(a.numpy()) for a in (y, y_hat))), wanted, atol=1e-4)


def test_bright_flat_background_costs_no_accuracy(given):
    y, y_hat = (1 - a / 4 for a in breasts(n=2, size=96)[:2])
    exact = vif(*(given(a.astype(float)) for a in (y, y_hat)))
    assert np.allclose(vif(given(y), given(y_hat)), exact, atol=1e-3)


def test_order_matters():
    y, y_hat, _ = breasts()
    assert np.abs(vif(y, y_hat) - vif(y_hat, y)).min() > 1e-3


def test_more_contrast_than_the_truth_exceeds_one_and_a_constant_keeps_nothing():
    y, _, mask = breasts()
    more = np.where(mask, 0.4 + 1.3 * (y - 0.4), 0).astype(np.float32)
    assert (vif(y, more, mask) > 1.05).all()
    assert np.allclose(vif(y, np.full_like(y, 0.4)), 0, atol=1e-6)


def test_inside_a_mask_the_mask_itself_is_no_information():
    y, _, mask = breasts()
    flat = mask * np.float32(0.4)
    assert (vif(y, flat) > 0.1).all()
    assert (vif(y, flat, mask) < 1e-4).all()


def test_inside_a_mask_a_wrong_background_changes_nothing():
    y, y_hat, mask = breasts()
    assert np.array_equal(vif(y, y_hat, mask), vif(y, np.where(mask, y_hat, 0.9).astype(np.float32), mask))


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_flat_truth_has_no_value(level, given):
    y = np.full((1, 64, 64), level, np.float32)
    assert np.isnan(np.asarray(vif(given(y), given(breasts(n=1)[0])))).all()


def test_a_range_of_255_is_the_same_picture():
    y, y_hat, _ = breasts()
    assert np.allclose(vif(y * 255, y_hat * 255, data_range=255.0), vif(y, y_hat), atol=1e-6)


def test_small_images_are_refused():
    with pytest.raises(UsageError, match="at least 41 x 41"):
        vif(np.zeros((40, 64), np.float32), np.zeros((40, 64), np.float32))
