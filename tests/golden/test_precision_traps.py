"""Two traps that published scores fell into: bytes that wrap around, and half precision."""

import numpy as np
import pytest

from breasts import breasts
from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.metrics.error import mse, psnr
from vcem.metrics.ssim import ssim
from vcem.metrics.vif import vif


@pytest.fixture
def noise8():
    """Two independent images of white noise in bytes: as unlike as images can be."""
    return rng_for(0, "bytes").integers(0, 256, (2, 1, 64, 64), dtype=np.uint8)


def test_wrapped_bytes_would_flatter_by_20_db(noise8):
    wrapped = np.mean((noise8[0] - noise8[1]) ** 2)  # both operations wrap modulo 256
    assert 10 * np.log10(255**2 / wrapped) == pytest.approx(27.9, abs=0.3)
    y, y_hat = noise8 / np.float64(255)
    assert psnr(y, y_hat).item() == pytest.approx(7.78, abs=0.15)


@pytest.mark.parametrize("metric", [mse, psnr, ssim, vif])
def test_every_metric_refuses_bytes(metric, noise8):
    with pytest.raises(UsageError, match="wrap around"):
        metric(*noise8)


@pytest.mark.parametrize("metric", [mse, psnr, ssim, vif])
def test_half_precision_images_are_scored_in_single_precision(metric):
    y, y_hat, _ = (a.astype(np.float16) for a in breasts(n=1))
    single = metric(y.astype(np.float32), y_hat.astype(np.float32))
    assert metric(y, y_hat).item() == single.item()


def test_a_faint_veil_over_the_background_costs_ssim_what_it_should():
    y, _, _ = breasts(n=1, size=128)
    y /= y.max()
    veiled = (y + np.float32(0.005)).astype(np.float16)
    assert ssim(y.astype(np.float16), veiled).item() < 0.9
