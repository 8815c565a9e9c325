import numpy as np
import pytest
import torch

from breasts import breasts
from piq_alone import load_piq
from vcem.core.errors import UsageError
from vcem.metrics.ms_ssim import EXPONENTS, ms_ssim, scales_of
from vcem.metrics.ssim import ssim


def of_piq(y, y_hat, scales):
    weights = torch.tensor(EXPONENTS[:scales], dtype=torch.float64)
    whole = [torch.from_numpy(a)[:, None].double() for a in (y_hat, y)]
    return load_piq().multi_scale_ssim(*whole, data_range=1.0, reduction="none", scale_weights=weights / weights.sum())


@pytest.mark.parametrize(("rows", "columns", "scales"), [(192, 192, 5), (192, 128, 4), (128, 64, 3), (32, 48, 2)])
def test_agrees_with_piq_on_the_scales_that_fit(rows, columns, scales, given):
    y, y_hat, _ = (a[:, :rows, :columns] for a in breasts(n=3, size=192))
    assert scales_of((rows, columns)) == scales
    for kind, atol in ((np.float32, 1e-4), (np.float64, 1e-9)):
        ours = ms_ssim(*(given(a.astype(kind)) for a in (y, y_hat)))
        assert np.allclose(ours, of_piq(y, y_hat, scales), atol=atol)


def test_the_published_exponents_are_those_of_five_scales(given):
    assert sum(EXPONENTS) == pytest.approx(1, abs=1e-3)
    y, y_hat, _ = breasts(n=2, size=176)
    whole = [torch.from_numpy(a)[:, None] for a in (y_hat, y)]
    wanted = load_piq().multi_scale_ssim(*whole, data_range=1.0, reduction="none")
    assert np.allclose(ms_ssim(given(y), given(y_hat)), wanted, atol=1e-4)


def test_structure_of_the_opposite_sign_is_worth_nothing_and_is_a_number(given):
    y, _, mask = breasts(n=2, size=64)
    against = np.where(mask, 0.8 - y, y).astype(np.float32)
    assert (ssim(y, against, mask) < 0).all()
    assert (ms_ssim(*map(given, (y, against, mask))) == 0).all()


def test_a_narrow_breast_is_measured_on_the_scales_that_it_fills(given):
    """On the coarse scales no window is centred in it, and what those hold elsewhere changes nothing."""
    y, y_hat, _ = breasts(n=1, size=128)
    narrow = np.zeros((1, 128, 128), bool)
    narrow[0, 40:90, :18] = True
    alone = ms_ssim(*(given(a[:, 20:106, :31]) for a in (y, y_hat, narrow)))
    assert scales_of((86, 31)) == 2
    assert np.allclose(ms_ssim(*map(given, (y, y_hat, narrow))), alone)


def test_a_mask_at_the_very_edge_has_no_value(given):
    y, y_hat, _ = breasts(n=2, size=40)
    edge = np.ones((2, 40, 40), bool)
    edge[0, :, 5:] = False
    found = np.asarray(ms_ssim(*map(given, (y, y_hat, edge))))
    assert np.isnan(found[0])
    assert np.isfinite(found[1])


def test_images_without_two_scales_are_refused():
    with pytest.raises(UsageError, match="at least 21 x 21"):
        ms_ssim(np.zeros((20, 40), np.float32), np.zeros((20, 40), np.float32))
    assert np.isfinite(ms_ssim(*(a[:, :21, :40] for a in breasts()[:2]))).all()
