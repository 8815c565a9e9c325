import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn.functional import conv2d

from vcem.core.seeds import rng_for
from vcem.metrics.windows import TILE, smooth, smooth_inside, window


def noise(*shape):
    return rng_for(0, "noise").random(shape)


def test_window_is_symmetric_sums_to_one_and_has_its_sigma():
    weights = window(17, 3.4)
    assert weights.sum() == pytest.approx(1)
    assert (weights == weights[::-1]).all()
    assert weights[9] / weights[8] == pytest.approx(np.exp(-1 / (2 * 3.4**2)))
    assert abs((weights * (np.arange(17) - 8)).sum()) < 1e-12


@pytest.mark.parametrize(("h", "w"), [(17, 18), (40, 39), (TILE + 16, TILE + 17), (150, 97)])
@pytest.mark.parametrize("step", [1, 2])
def test_smooth_is_the_two_dimensional_convolution_without_padding(h, w, step, given):
    images, one = noise(2, h, w), torch.from_numpy(window(17, 3.4))
    wanted = conv2d(torch.from_numpy(images)[:, None], torch.outer(one, one)[None, None])[:, 0, ::step, ::step]
    assert np.allclose(smooth(given(images), 17, 3.4, step), wanted, atol=1e-14)


def test_smooth_is_scipys_filter_away_from_the_edges(given):
    image = noise(40, 50)
    wanted = ndimage.gaussian_filter(image, 1.5, radius=5)[5:-5, 5:-5]
    assert np.allclose(smooth(given(image[None]), 11, 1.5)[0], wanted, atol=1e-12)


def test_inside_a_region_nothing_outside_counts(given):
    images, region = noise(4, 30, 30).astype(np.float32), np.zeros((2, 30, 30), bool)
    region[:, 5:20, 3:18] = True
    changed = np.where(np.tile(region, (2, 1, 1)), images, np.float32(7))
    one, other = (smooth_inside(given(a), given(region), 11, 1.5) for a in (images, changed))
    assert (one == other).all()


def test_inside_a_region_a_constant_stays_constant_up_to_its_edge(given):
    region = np.zeros((1, 30, 30), bool)
    region[:, 8:22, 8:22] = True
    means = smooth_inside(given(np.full((1, 30, 30), 0.3)), given(region), 11, 1.5)
    assert np.allclose(means[region[:, 5:-5, 5:-5]], 0.3)
    assert smooth_inside(given(np.ones((1, 60, 60))), given(np.zeros((1, 60, 60), bool)), 11, 1.5).max() == 0


def test_a_whole_region_is_no_region(given):
    images, whole = given(noise(2, 30, 30)), given(np.ones((2, 30, 30), bool))
    assert np.allclose(smooth_inside(images, whole, 9, 1.8, 2), smooth_inside(images, None, 9, 1.8, 2), atol=1e-14)
