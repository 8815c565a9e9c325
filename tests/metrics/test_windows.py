import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn.functional import conv2d

from vcem.metrics.windows import TILE, smooth, smooth_inside, window


def test_window_is_symmetric_sums_to_one_and_has_its_sigma():
    weights = window(17, 3.4, torch.empty(0, dtype=torch.float64))
    place = torch.arange(17) - 8.0
    assert weights.sum().item() == pytest.approx(1)
    assert torch.equal(weights, weights.flip(0))
    assert (weights[9] / weights[8]).item() == pytest.approx(np.exp(-1 / (2 * 3.4**2)))
    assert (weights * place).sum().abs() < 1e-12


@pytest.mark.parametrize(("h", "w"), [(17, 18), (40, 39), (TILE + 16, TILE + 17), (150, 97)])
@pytest.mark.parametrize("step", [1, 2])
def test_smooth_is_the_two_dimensional_convolution_without_padding(h, w, step):
    images = torch.rand(2, h, w, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    one = window(17, 3.4, images)
    wanted = conv2d(images[:, None], torch.outer(one, one)[None, None])[:, 0, ::step, ::step]
    assert torch.allclose(smooth(images, 17, 3.4, step), wanted, atol=1e-14)


def test_smooth_is_scipys_filter_away_from_the_edges():
    image = np.random.default_rng(0).random((40, 50))
    wanted = ndimage.gaussian_filter(image, 1.5, radius=5)[5:-5, 5:-5]
    assert np.allclose(smooth(torch.from_numpy(image)[None], 11, 1.5)[0], wanted, atol=1e-12)


def test_inside_a_region_nothing_outside_counts():
    images = torch.rand(4, 30, 30, generator=torch.Generator().manual_seed(1))
    region = torch.zeros(2, 30, 30, dtype=torch.bool)
    region[:, 5:20, 3:18] = True
    changed = torch.where(region.repeat(2, 1, 1), images, 7.0)
    assert torch.equal(smooth_inside(images, region, 11, 1.5), smooth_inside(changed, region, 11, 1.5))


def test_inside_a_region_a_constant_stays_constant_up_to_its_edge():
    region = torch.zeros(1, 30, 30, dtype=torch.bool)
    region[:, 8:22, 8:22] = True
    means = smooth_inside(torch.full((1, 30, 30), 0.3), region, 11, 1.5)
    assert torch.allclose(means[region[:, 5:-5, 5:-5]], torch.tensor(0.3))
    assert smooth_inside(torch.ones(1, 60, 60), torch.zeros(1, 60, 60, dtype=torch.bool), 11, 1.5).max() == 0


def test_a_whole_region_is_no_region():
    images = torch.rand(2, 30, 30, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    whole = torch.ones(2, 30, 30, dtype=torch.bool)
    assert torch.allclose(smooth_inside(images, whole, 9, 1.8, 2), smooth_inside(images, None, 9, 1.8, 2), atol=1e-14)
