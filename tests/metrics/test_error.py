import numpy as np
import pytest
import torch
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio
from torchmetrics.functional.image import peak_signal_noise_ratio as torch_psnr

from breasts import breasts
from vcem.metrics.error import mse, psnr


def test_known_values(given):
    y = np.zeros((1, 2, 2), np.float32)
    y_hat = np.array([[[0.1, 0.0], [0.0, 0.3]]], np.float32)
    y, y_hat = map(given, (y, y_hat))
    assert mse(y, y_hat).item() == pytest.approx(0.1 / 4)
    assert psnr(y, y_hat).item() == pytest.approx(10 * np.log10(40))


def test_over_a_mask_only_its_pixels_count(given):
    y = np.zeros((1, 2, 2), np.float32)
    y_hat = np.array([[[0.1, 0.9], [0.9, 0.3]]], np.float32)
    mask = np.array([[[True, False], [False, True]]])
    y, y_hat, mask = map(given, (y, y_hat, mask))
    assert mse(y, y_hat, mask).item() == pytest.approx(0.05)
    assert psnr(y, y_hat, mask).item() == pytest.approx(10 * np.log10(20))


def test_psnr_of_identical_images_is_infinite_and_a_range_of_255_adds_48_db(given):
    y, y_hat, _ = map(given, breasts())
    assert np.isinf(np.asarray(psnr(y, y))).all()
    shift = psnr(y, y_hat, data_range=255.0) - psnr(y, y_hat)
    assert np.allclose(shift, 20 * np.log10(255))


def test_agrees_with_scikit_image_and_torchmetrics(given):
    y, y_hat, _ = breasts(n=3)
    ours, ours_in_db = (metric(given(y), given(y_hat)) for metric in (mse, psnr))
    for i in range(3):
        assert ours[i].item() == pytest.approx(mean_squared_error(y[i], y_hat[i]), rel=1e-5)
        wanted = peak_signal_noise_ratio(y[i], y_hat[i], data_range=1)
        assert ours_in_db[i].item() == pytest.approx(wanted, abs=1e-4)
        peer = torch_psnr(torch.from_numpy(y_hat[i]), torch.from_numpy(y[i]), data_range=1.0)
        assert ours_in_db[i].item() == pytest.approx(peer.item(), abs=1e-4)
