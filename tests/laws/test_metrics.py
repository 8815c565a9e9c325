"""Laws over every metric, both protocols, computed by NumPy and by torch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from breasts import breasts
from vcem.core.terms import Protocol
from vcem.metrics.table import METRICS as TABLE

BEST = {"mse": 0.0, "psnr": float("inf"), "ssim": 1.0, "vif": 1.0, "ms_ssim": 1.0}
LIBRARIES = {"numpy": np.asarray, "torch": torch.from_numpy}
SYMMETRIC = ("strict-mse", "strict-psnr", "strict-ssim", "strict-ms_ssim", "paper-mse", "paper-ssim", "paper-ms_ssim")
APART = {np.float32: 3e-5, np.float64: 1e-10}
SCALES = ("vif", "ms_ssim")


def by(library, metric):
    """A metric that a library computes, of arrays and in arrays."""
    return lambda *images: np.asarray(metric(*(None if a is None else LIBRARIES[library](a) for a in images)))


METRICS = {f"{library}-{p}-{name}": (name, by(library, metric.of(p)))
           for library in LIBRARIES for p in Protocol for name, metric in TABLE.items()}  # fmt: skip
every = pytest.mark.parametrize("key", METRICS)
seeds = given(st.integers(0, 10**6))


def better(name, one, other):
    return (one < other if BEST[name] == 0 else one > other).all()


@every
def test_identical_images_have_the_best_value(key):
    name, metric = METRICS[key]
    y, _, mask = breasts()
    for region in (None, mask):
        assert np.allclose(metric(y, y, region), BEST[name], atol=1e-6)


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
        assert np.allclose(single, double, atol=1e-5, rtol=1e-5)


@every
def test_a_batch_is_its_images_one_by_one(key):
    _, metric = METRICS[key]
    y, y_hat, mask = breasts(n=5)
    single = [metric(y[i], y_hat[i], mask[i]) for i in range(5)]
    assert np.allclose(metric(y, y_hat, mask), np.concatenate(single), atol=1e-6)


@every
def test_a_mask_of_everything_is_no_mask(key):
    _, metric = METRICS[key]
    y, y_hat, mask = breasts()
    assert np.allclose(metric(y, y_hat, np.ones_like(mask)), metric(y, y_hat), atol=1e-6)


@every
@seeds
@settings(max_examples=5, deadline=None)
def test_inside_the_breast_nothing_outside_counts(key, seed):
    _, metric = METRICS[key]
    y, y_hat, mask = breasts(seed=seed)
    noise = np.random.default_rng(seed).random(y.shape).astype(np.float32)
    assert np.array_equal(
        metric(y, y_hat, mask), metric(np.where(mask, y, noise), np.where(mask, y_hat, 1 - noise), mask)
    )


@pytest.mark.parametrize("key", [key for key in METRICS if not key.endswith(SCALES)])
def test_more_black_background_leaves_the_breast_alone(key):
    _, metric = METRICS[key]
    y, y_hat, mask = breasts()
    wider = [np.pad(a, ((0, 0), (10, 6), (0, 30))) for a in (y, y_hat, mask)]
    assert np.allclose(metric(*wider), metric(y, y_hat, mask), atol=1e-6)


@pytest.mark.parametrize("key", [key for key in METRICS if key.endswith(SCALES)])
def test_more_black_background_moves_coarse_scales_in_the_breast_little(key):
    # they begin at the image's edge, and their number goes with its shorter side: 16 rows keep phase and number
    _, metric = METRICS[key]
    y, y_hat, mask = (np.pad(a, ((0, 0), (16, 16), (0, 16))) for a in breasts())
    wider = [np.pad(a, ((0, 0), (48, 16), (0, 0))) for a in (y, y_hat, mask)]
    assert np.allclose(metric(*wider), metric(y, y_hat, mask), atol=1e-5)


def test_whole_image_values_rise_with_black_background():
    _, metric = METRICS["numpy-strict-ssim"]
    y, y_hat, _ = breasts()
    wider = [np.pad(a, ((0, 0), (0, 0), (0, 64))) for a in (y, y_hat)]
    assert (metric(*wider) > metric(y, y_hat) + 0.01).all(), "why the breast is scored on its own"


@every
def test_symmetry(key):
    _, metric = METRICS[key]
    y, y_hat, mask = breasts(noise=0.15)
    same = np.allclose(metric(y, y_hat, mask), metric(y_hat, y, mask), atol=1e-6)
    assert same is key.endswith(SYMMETRIC)


@every
def test_arrays_of_any_accepted_shape_agree(key):
    _, metric = METRICS[key]
    images = breasts()
    assert np.array_equal(metric(*(a[:, None] for a in images)), metric(*images))


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("kind", APART)
@given(st.integers(0, 10**6), st.integers(41, 90), st.booleans(), st.sampled_from(["strict", "paper"]))
@settings(max_examples=15, deadline=None)
def test_numpy_and_torch_agree_within_rounding(name, kind, seed, size, inside, protocol):
    y, y_hat, mask = breasts(size=size, seed=seed)
    images = (y.astype(kind), y_hat.astype(kind), mask if inside else None)
    one, other = (by(library, TABLE[name].of(protocol))(*images) for library in LIBRARIES)
    assert np.allclose(one, other, rtol=0, atol=APART[kind])


@seeds
@settings(max_examples=5, deadline=None)
def test_numpy_and_torch_round_to_half_precision_alike(seed):
    y, y_hat, mask = (np.asarray(a) for a in breasts(size=72, seed=seed))
    for region in (None, mask):
        images = (y / y.max(), y_hat / y.max(), region)
        one, other = (by(library, TABLE["ssim"].of("paper-half"))(*images) for library in LIBRARIES)
        assert np.allclose(one, other, rtol=0, atol=2e-3)
