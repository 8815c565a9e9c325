import numpy as np
import pytest
import torch
from torchmetrics.functional.image import structural_similarity_index_measure

from breasts import breasts
from vcem.metrics.error import psnr
from vcem.metrics.paper import psnr_over_own_maximum, ssim_over_own_range
from vcem.metrics.ssim import ssim


def test_psnr_takes_each_truths_maximum():
    y, y_hat, _ = breasts(n=3)
    y *= np.array([1, 0.5, 0.25], np.float32)[:, None, None]
    own = torch.from_numpy(y.max((1, 2))).double()
    assert torch.allclose(psnr_over_own_maximum(y, y_hat), psnr(y, y_hat) + 20 * torch.log10(own))


def test_psnr_range_reaches_from_zero_or_below():
    y = np.array([[-0.5, 0.5], [0.2, 0.1]], np.float32)
    raised = np.array([[0.4, 0.5], [0.8, 0.6]], np.float32)
    assert psnr_over_own_maximum(y, y + 0.1).item() == pytest.approx(20, abs=1e-4)
    assert psnr_over_own_maximum(raised, raised + 0.1).item() == pytest.approx(20 * np.log10(8), abs=1e-4)


def test_ssim_takes_the_wider_range_of_each_pair():
    y, y_hat, _ = breasts(n=2)
    y_hat[1] *= 0.5
    own = [max(np.ptp(y[i]), np.ptp(y_hat[i])) for i in range(2)]
    wanted = [ssim(y[i], y_hat[i], data_range=float(own[i])).item() for i in range(2)]
    assert np.allclose(ssim_over_own_range(y, y_hat), wanted, atol=1e-6)


@pytest.mark.parametrize("offset", [0.0, 0.005, 0.02])
def test_half_precision_is_what_torchmetrics_gives_for_half_images(offset):
    y, y_hat, _ = (torch.from_numpy(a)[:, None] for a in breasts(n=1, size=96))
    y, y_hat = y / y.max(), y_hat / y.max()
    y_hat = y_hat + offset
    _, full = structural_similarity_index_measure(y_hat.half(), y.half(), data_range=None, return_full_image=True)
    wanted = full[..., 5:-5, 5:-5].float().mean().item()
    assert ssim_over_own_range(y, y_hat, half=True).item() == pytest.approx(wanted, abs=4e-3)


def test_half_precision_hides_a_faint_background():
    y, _, _ = breasts(n=1, size=128)
    y /= y.max()
    veiled = y + np.float32(0.005)
    assert 1 - ssim_over_own_range(y, veiled, half=True).item() < 0.01
    assert 1 - ssim_over_own_range(y, veiled).item() > 0.1


def test_half_precision_has_no_value_where_the_range_is_small():
    y, y_hat, _ = breasts(n=1)
    assert torch.isnan(ssim_over_own_range(y / y.max() / 2, y_hat / y.max() / 2, half=True)).all()


def test_masks_are_heeded():
    y, y_hat, mask = breasts()
    other = np.where(mask, y_hat, 0.5).astype(np.float32)
    assert torch.equal(psnr_over_own_maximum(y, y_hat, mask), psnr_over_own_maximum(y, other, mask))
    assert torch.equal(ssim_over_own_range(y, y_hat, mask), ssim_over_own_range(y, other, mask))
