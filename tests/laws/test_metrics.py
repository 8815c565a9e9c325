"""Laws over every metric, both protocols."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from breasts import breasts
from vcem.core.terms import Protocol
from vcem.metrics.table import METRICS as TABLE

BEST = {"mse": 0.0, "psnr": float("inf"), "ssim": 1.0, "vif": 1.0, "ms_ssim": 1.0}
METRICS = {f"{p}-{name}": (name, metric.of(str(p))) for p in Protocol for name, metric in TABLE.items()}
SYMMETRIC = ("strict-mse", "strict-psnr", "strict-ssim", "strict-ms_ssim", "paper-mse", "paper-ssim", "paper-ms_ssim")
SCALES = ("vif", "ms_ssim")
every = pytest.mark.parametrize("key", METRICS)
seeds = given(st.integers(0, 10**6))


def better(name, one, other):
    return (one < other if BEST[name] == 0 else one > other).all()


@every
def test_identical_images_have_the_best_value(key):
    name, metric = METRICS[key]
    y, _, mask = breasts()
    for region in (None, mask):
        assert torch.allclose(metric(y, y, region), torch.tensor(BEST[name], dtype=torch.float64), atol=1e-6)


@every
@seeds
@settings(max_examples=5, deadline=None)
def test_more_noise_is_worse(key, seed):
    name, metric = METRICS[key]
    for region in (False, True):
        values = []
        for noise in (0.02, 0.06, 0.18):
            y, y_hat, mask = breasts(seed=seed, noise=noise)
            values.append(metric(y, y_hat, mask if region else None))
        assert better(name, values[0], values[1])
        assert better(name, values[1], values[2])


@every
def test_single_precision_is_as_good_as_double(key):
    _, metric = METRICS[key]
    y, y_hat, mask = breasts(n=3)
    for region in (None, mask):
        single, double = metric(y, y_hat, region), metric(y.astype(np.float64), y_hat.astype(np.float64), region)
        assert torch.allclose(single, double, atol=1e-5, rtol=1e-5)


@every
def test_a_batch_is_its_images_one_by_one(key):
    _, metric = METRICS[key]
    y, y_hat, mask = breasts(n=5)
    single = [metric(y[i], y_hat[i], mask[i]) for i in range(5)]
    assert torch.allclose(metric(y, y_hat, mask), torch.cat(single), atol=1e-6)


@every
def test_a_mask_of_everything_is_no_mask(key):
    _, metric = METRICS[key]
    y, y_hat, mask = breasts()
    assert torch.allclose(metric(y, y_hat, np.ones_like(mask)), metric(y, y_hat), atol=1e-6)


@every
@seeds
@settings(max_examples=5, deadline=None)
def test_inside_the_breast_nothing_outside_counts(key, seed):
    _, metric = METRICS[key]
    y, y_hat, mask = breasts(seed=seed)
    noise = np.random.default_rng(seed).random(y.shape).astype(np.float32)
    assert torch.equal(metric(y, y_hat, mask), metric(np.where(mask, y, noise), np.where(mask, y_hat, 1 - noise), mask))


@pytest.mark.parametrize("key", [key for key in METRICS if not key.endswith(SCALES)])
def test_more_black_background_leaves_the_breast_alone(key):
    _, metric = METRICS[key]
    y, y_hat, mask = breasts()
    wider = [np.pad(a, ((0, 0), (10, 6), (0, 30))) for a in (y, y_hat, mask)]
    assert torch.allclose(metric(*wider), metric(y, y_hat, mask), atol=1e-6)


@pytest.mark.parametrize("key", [key for key in METRICS if key.endswith(SCALES)])
def test_more_black_background_moves_coarse_scales_in_the_breast_little(key):
    # they begin at the image's edge, and their number goes with its shorter side: 16 rows keep phase and number
    _, metric = METRICS[key]
    y, y_hat, mask = (np.pad(a, ((0, 0), (16, 16), (0, 16))) for a in breasts())
    wider = [np.pad(a, ((0, 0), (48, 16), (0, 0))) for a in (y, y_hat, mask)]
    assert torch.allclose(metric(*wider), metric(y, y_hat, mask), atol=1e-5)


def test_whole_image_values_rise_with_black_background():
    _, metric = METRICS["strict-ssim"]
    y, y_hat, _ = breasts()
    wider = [np.pad(a, ((0, 0), (0, 0), (0, 64))) for a in (y, y_hat)]
    assert (metric(*wider) > metric(y, y_hat) + 0.01).all(), "why the breast is scored on its own"


@every
def test_symmetry(key):
    _, metric = METRICS[key]
    y, y_hat, mask = breasts(noise=0.15)
    same = torch.allclose(metric(y, y_hat, mask), metric(y_hat, y, mask), atol=1e-6)
    assert same is (key in SYMMETRIC)


@every
def test_tensors_and_arrays_of_any_accepted_shape_agree(key):
    _, metric = METRICS[key]
    y, y_hat, mask = breasts()
    tensors = [torch.from_numpy(a)[:, None] for a in (y, y_hat, mask)]
    assert torch.equal(metric(*tensors), metric(y, y_hat, mask))
