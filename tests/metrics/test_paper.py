import numpy as np
import pytest
import torch
from torchmetrics.functional.image import structural_similarity_index_measure

from breasts import breasts
from vcem.metrics.error import psnr
from vcem.metrics.paper import psnr_over_own_maximum, ssim_over_own_range
from vcem.metrics.ssim import ssim


def test_psnr_takes_each_truths_maximum(given):
    y, y_hat, _ = breasts(n=3)
    y *= np.array([1, 0.5, 0.25], np.float32)[:, None, None]
    wanted = psnr(y, y_hat) + 20 * np.log10(y.max((1, 2)).astype(float))
    assert np.allclose(psnr_over_own_maximum(given(y), given(y_hat)), wanted)


def test_psnr_range_reaches_from_zero_or_below():
    y = np.array([[-0.5, 0.5], [0.2, 0.1]], np.float32)
    raised = np.array([[0.4, 0.5], [0.8, 0.6]], np.float32)
    assert psnr_over_own_maximum(y, y + 0.1).item() == pytest.approx(20, abs=1e-4)
    assert psnr_over_own_maximum(raised, raised + 0.1).item() == pytest.approx(20 * np.log10(8), abs=1e-4)


def test_ssim_takes_the_wider_range_of_each_pair(given):
    y, y_hat, _ = breasts(n=2)
    y_hat[1] *= 0.5
    own = [max(np.ptp(y[i]), np.ptp(y_hat[i])) for i in range(2)]
    wanted = [ssim(y[i], y_hat[i], data_range=float(own[i])).item() for i in range(2)]
    assert np.allclose(ssim_over_own_range(given(y), given(y_hat)), wanted, atol=1e-6)


@pytest.mark.parametrize("offset", [0.0, 0.005, 0.02])
def test_half_precision_is_what_torchmetrics_gives_for_half_images(offset, given):
    y, y_hat, _ = breasts(n=1, size=96)
    y, y_hat = y / y.max(), y_hat / y.max() + np.float32(offset)
    halves = (torch.from_numpy(a)[:, None].half() for a in (y_hat, y))
    _, full = structural_similarity_index_measure(*halves, data_range=None, return_full_image=True)
    wanted = full[..., 5:-5, 5:-5].float().mean().item()
    assert ssim_over_own_range(given(y), given(y_hat), half=True).item() == pytest.approx(wanted, abs=4e-3)


def test_half_precision_hides_a_faint_background():
    y, _, _ = breasts(n=1, size=128)
    y /= y.max()
    veiled = y + np.float32(0.005)
    assert 1 - ssim_over_own_range(y, veiled, half=True).item() < 0.01
    assert 1 - ssim_over_own_range(y, veiled).item() > 0.1


def test_half_precision_has_no_value_where_the_range_is_small(given):
    y, y_hat, _ = breasts(n=1)
    found = ssim_over_own_range(*(given(a / y.max() / 2) for a in (y, y_hat)), half=True)
    assert np.isnan(np.asarray(found)).all()


def test_masks_are_heeded():
    y, y_hat, mask = breasts()
    other = np.where(mask, y_hat, 0.5).astype(np.float32)
    assert np.array_equal(psnr_over_own_maximum(y, y_hat, mask), psnr_over_own_maximum(y, other, mask))
    assert np.array_equal(ssim_over_own_range(y, y_hat, mask), ssim_over_own_range(y, other, mask))
