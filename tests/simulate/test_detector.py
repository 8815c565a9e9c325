import numpy as np
import pytest

from vcem.simulate.acquire import Acquisition, exposures
from vcem.simulate.detector import add_noise, blur, transfer
from vcem.simulate.recombine import uniform


@pytest.mark.parametrize(("lp_mm", "mtf"), [(0.0, 1.0), (1.0, 0.85), (2.0, 0.59), (4.0, 0.24)])
def test_the_transfer_function_meets_the_measured_one(lp_mm, mtf):
    assert float(transfer(np.array([lp_mm]))[0]) == pytest.approx(mtf, abs=0.025)


@pytest.mark.parametrize("period_px", [5, 8, 20])
def test_blur_weakens_a_wave_by_the_transfer(period_px):
    wave = (1 + 0.5 * np.sin(2 * np.pi * np.arange(400) / period_px)).astype(np.float32)
    blurred = blur(np.tile(wave, (48, 1)), 0.1)[:, 100:300]
    amplitude = np.abs(np.fft.rfft(blurred[24])[round(200 / period_px)]) / 100
    assert amplitude == pytest.approx(0.5 * float(transfer(np.array([10 / period_px]))[0]), rel=0.03)


def test_blur_keeps_what_is_even():
    assert blur(np.full((50, 61), 0.3, np.float32), 0.4) == pytest.approx(np.full((50, 61), 0.3), abs=1e-6)


@pytest.mark.parametrize("spacing_mm", [0.1, 0.4])
def test_noise_goes_with_the_signal_and_inverse_to_the_area(spacing_mm):
    for signal in (0.2, 0.02):
        noisy = add_noise(np.full((300, 300), signal, np.float32), 1e-7, spacing_mm, np.random.default_rng(0))
        assert noisy.var() == pytest.approx(signal * 1e-7 / spacing_mm**2, rel=0.03)
        assert noisy.mean() == pytest.approx(signal, rel=0.01)


def test_noise_is_correlated_by_nothing():
    noise = add_noise(np.ones((400, 400), np.float32), 1e-4, 0.1, np.random.default_rng(0)) - 1
    assert abs(np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]) < 0.01


def test_a_0_1_mm_pixel_behind_46_mm_counts_about_4700_quanta():
    low, _ = exposures(Acquisition(swank=1.0), 46.0)
    signal = float(np.exp(-uniform(low.path, np.array([46.0]), 0.2))[0])
    relative_sd = np.sqrt(low.variance_mm2 / 0.1**2 / signal)
    assert relative_sd == pytest.approx(0.0150, rel=0.07)
