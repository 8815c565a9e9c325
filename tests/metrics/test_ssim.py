import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity
from torchmetrics.functional.image import structural_similarity_index_measure

from breasts import breasts
from piq_alone import load_piq
from vcem.core.errors import UsageError
from vcem.metrics.ssim import ssim, ssim_map

PEER = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1}


@pytest.fixture(scope="module")
def images():
    y, y_hat, mask = breasts(n=3, size=80)
    y_hat += 0.02  # a background that is not black, where SSIM is sensitive
    return y, y_hat, mask


def test_agrees_with_scikit_image(images, given):
    y, y_hat, _ = images
    wanted = [structural_similarity(a, b, **PEER) for a, b in zip(y, y_hat, strict=True)]
    assert np.allclose(ssim(given(y), given(y_hat)), wanted, atol=1e-4)


def test_agrees_with_piq(images, given):
    y, y_hat = (torch.from_numpy(a)[:, None] for a in images[:2])
    wanted = load_piq().ssim(y_hat, y, downsample=False, reduction="none", data_range=1.0)
    assert np.allclose(ssim(*map(given, images[:2])), wanted, atol=1e-4)


def test_map_agrees_with_torchmetrics_inside_its_reflected_border(images, given):
    y, y_hat = (torch.from_numpy(a)[:, None] for a in images[:2])
    _, full = structural_similarity_index_measure(y_hat, y, data_range=1.0, return_full_image=True)
    assert np.allclose(ssim_map(*map(given, images[:2])), full[:, 0, 5:-5, 5:-5], atol=1e-4)


def test_map_agrees_with_scikit_image_in_the_middle_of_a_mask(images, given):
    y, y_hat, _ = images
    middle = np.zeros((1, 80, 80), bool)
    middle[0, 30:50, 20:30] = True
    inside = ssim_map(*(given(a[:1]) for a in (y, y_hat)))[0, 25:45, 15:25]
    _, full = structural_similarity(y[0], y_hat[0], full=True, **PEER)
    assert np.allclose(inside, full[30:50, 20:30], atol=1e-4)


def test_inside_a_mask_a_wrong_background_changes_nothing(images):
    y, y_hat, mask = images
    assert np.array_equal(ssim(y, y_hat, mask), ssim(y, np.where(mask, y_hat, 0.7).astype(np.float32), mask))


def test_inside_a_mask_the_mask_itself_earns_nothing():
    y, _, mask = breasts(size=80)
    flat = mask * np.float32(y[mask].mean())
    shared_edge = [
        structural_similarity(a, b, full=True, **PEER)[1][m].mean() for a, b, m in zip(y, flat, mask, strict=True)
    ]
    assert (ssim(y, flat) > 0.7).all()
    assert (ssim(y, flat, mask) < np.array(shared_edge) - 0.05).all()


def test_mask_at_the_very_edge_has_no_value(given):
    y, y_hat, _ = breasts(n=1, size=40)
    edge = np.zeros((1, 40, 40), bool)
    edge[0, :, :5] = True
    assert np.isnan(np.asarray(ssim(*map(given, (y, y_hat, edge))))).all()


def test_images_below_the_window_are_refused():
    with pytest.raises(UsageError, match="at least 11 x 11"):
        ssim(np.zeros((10, 20), np.float32), np.zeros((10, 20), np.float32))
