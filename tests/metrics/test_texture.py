import numpy as np
import pytest
from scipy import stats
from skimage.feature import graycomatrix, graycoprops

from vcem.core.seeds import rng_for
from vcem.metrics.texture import DIRECTIONS, FEATURES, LEVELS, texture


def named(grey, region):
    return dict(zip(FEATURES, texture(grey, region), strict=True))


@pytest.fixture
def grey():
    return rng_for(0, "texture").beta(2, 5, (24, 20))


def test_of_a_whole_image_they_are_those_of_scipy_and_scikit_image(grey):
    found = named(grey, np.ones(grey.shape, bool))
    levels = (grey * LEVELS).astype(np.uint8)
    pairs = graycomatrix(levels, [1], DIRECTIONS, LEVELS, symmetric=True)
    together = pairs.sum(3, keepdims=True).astype(float)
    together /= together.sum()
    for ours, theirs in (("contrast",) * 2, ("homogeneity",) * 2, ("energy",) * 2, ("correlation",) * 2,
                         ("entropy",) * 2):  # fmt: skip
        assert found[f"glcm_{ours}"] == pytest.approx(graycoprops(together, theirs).item())
    assert found["skewness"] == pytest.approx(stats.skew(grey.ravel()))
    assert found["kurtosis"] == pytest.approx(stats.kurtosis(grey.ravel()))
    assert (found["mean"], found["sd"]) == pytest.approx((grey.mean(), grey.std()))
    assert found["entropy"] == pytest.approx(stats.entropy(np.bincount(levels.ravel())))


def test_nothing_outside_the_region_counts(grey):
    region = np.hypot(*(np.mgrid[:24, :20] - 10)) < 6
    assert np.array_equal(texture(grey, region), texture(np.where(region, grey, 1 - grey), region))
    wider = texture(np.pad(grey, 3, constant_values=0.9), np.pad(region, 3))
    assert np.allclose(texture(grey, region), wider)


def test_a_flat_region_has_finite_features():
    found = named(np.full((8, 8), 0.3), np.ones((8, 8), bool))
    assert found["sd"] == pytest.approx(0)
    assert (found["skewness"], found["kurtosis"], found["glcm_correlation"], found["entropy"]) == (0, 0, 0, 0)
    assert found["glcm_energy"] == 1


def test_a_single_pixel_has_no_neighbour(grey):
    region = np.zeros(grey.shape, bool)
    region[5, 5] = True
    assert np.isnan(texture(grey, region)).all()
