import numpy as np
import pytest
from scipy import ndimage

from breasts import blob, scene
from vcem.core.seeds import rng_for
from vcem.metrics.lesion import ENHANCING_CONTRAST, LIT, hallucinated, light_of, measure_lesions, places, ring

SIZES = (64, 128, 256)


def test_contrast_and_cnr_of_a_known_lesion():
    y = np.full((40, 40), 0.2, np.float32)
    y[::2] = 0.3
    lesion = blob(40, 20, 20, 6).astype(np.uint8)
    y[lesion > 0] = 0.55
    (found,) = measure_lesions(y, y, np.ones((40, 40), bool), lesion)
    around = y[ring(lesion > 0, lesion > 0, np.ones((40, 40), bool))]
    assert found.area_px == lesion.sum()
    assert found.contrast_truth == pytest.approx(0.3, abs=0.01)
    assert found.cnr_truth == pytest.approx(found.contrast_truth / around.std(), rel=1e-5)
    assert found.enhancing
    assert not found.missed
    assert found.contrast_error == 0


def test_ring_leaves_a_gap_stays_in_the_breast_and_off_other_lesions():
    mask = np.ones((60, 60), bool)
    mask[:, 40:] = False
    one, other = blob(60, 30, 30, 8), blob(60, 30, 15, 5)
    around = ring(one, one | other, mask)
    assert not (around & ndimage.binary_dilation(one)).any()
    assert not (around & other).any()
    assert not (around & ~mask).any()
    assert around[30, 39]
    assert 0.5 * one.sum() < around.sum() < 1.5 * one.sum()


@pytest.mark.parametrize(("share", "missed"), [(1.0, False), (0.6, False), (0.4, True), (0.0, True), (-0.5, True)])
def test_missed_below_half_the_contrast(share, missed):
    y, mask, lesion = scene(contrast=0.2)
    faded = y - np.float32(0.2 * (1 - share)) * lesion
    (found,) = measure_lesions(y, faded, mask, lesion)
    assert found.enhancing
    assert found.missed is missed


@pytest.mark.parametrize(("contrast", "noise", "enhancing"), [
    (0.9 * ENHANCING_CONTRAST, 0.0, False), (1.2 * ENHANCING_CONTRAST, 0.0, True), (0.1, 0.2, False),
])  # fmt: skip
def test_enhancing_needs_contrast_and_cnr(contrast, noise, enhancing):
    y = np.full((64, 64), 0.3, np.float32)
    y += rng_for(0, "noise").normal(0, noise, y.shape).astype(np.float32)
    lesion = blob(64, 32, 32, 9).astype(np.uint8)
    (found,) = measure_lesions(y + np.float32(contrast) * lesion, y, np.ones((64, 64), bool), lesion)
    assert found.enhancing is enhancing
    assert found.missed is enhancing


def test_dark_lesions_are_never_missed():
    y, mask, lesion = scene(contrast=-0.1)
    (found,) = measure_lesions(y, mask * np.float32(0.3), mask, lesion)
    assert (found.enhancing, found.missed) == (False, False)


def test_too_small_or_without_background_is_not_measurable():
    y, mask, lesion = scene()
    labels = np.zeros_like(lesion)
    labels[64, 30:34] = 1
    (small,) = measure_lesions(y, y, mask, labels)
    (filling,) = measure_lesions(y, y, mask, mask.astype(np.uint8))
    for found in (small, filling):
        assert not found.measurable
        assert (found.enhancing, found.missed, found.contrast_error) == (None, None, None)
    assert small.area_px == 4


def test_lesions_keep_their_numbers():
    y, mask, _ = scene()
    labels = np.zeros(mask.shape, np.uint8)
    labels[blob(128, 40, 15, 5)] = 2
    labels[blob(128, 80, 15, 5)] = 7
    assert [found.lesion for found in measure_lesions(y, y, mask, labels)] == [2, 7]
    assert measure_lesions(y, y, mask, np.zeros_like(labels)) == []


@pytest.mark.parametrize("size", SIZES)
def test_the_truth_hallucinates_nothing_nor_does_a_constant(size):
    y, mask, lesion = scene(size)
    assert hallucinated(y, y, mask, lesion) == 0
    assert hallucinated(y, mask * np.float32(0.7), mask, lesion) == 0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [1, 2])
def test_each_bright_blob_adds_one_place(size, count):
    y, mask, lesion = scene(size)
    blobs = [blob(size, 0.25 * size, 0.2 * size, 0.05 * size), blob(size, 0.75 * size, 0.2 * size, 0.05 * size)]
    false = y + np.float32(2 * LIT) * np.logical_or.reduce(blobs[:count])
    assert hallucinated(y, false, mask, lesion) == count
    assert (
        places(y, false, mask, lesion) & ~ndimage.binary_dilation(np.logical_or.reduce(blobs), iterations=4)
    ).sum() == 0


def test_what_is_no_place():
    y, mask, lesion = scene()
    spot = blob(128, 32, 26, 6)
    faint, speck = y + np.float32(0.08) * spot, y.copy()
    speck[32, 26] = 1
    assert hallucinated(y, faint, mask, lesion) == 0
    assert hallucinated(y, speck, mask, lesion) == 0
    assert hallucinated(y, y + np.float32(0.3), mask, lesion) == 0, "an offset of the whole breast is not a place"
    assert hallucinated(y, y + np.float32(0.5) * ~mask, mask, lesion) == 0, "outside the breast is not looked at"
    assert hallucinated(y, y + np.float32(0.3) * lesion, mask, lesion) == 0, "a lesion may light up"
    shown = y + np.float32(0.2) * spot
    assert hallucinated(shown, shown + np.float32(0.2) * spot, mask, lesion) == 0, "the truth lights up there too"
    assert hallucinated(shown, np.roll(shown, 2, 0), mask, lesion) == 0, "moved a little"


def test_light_is_of_breast_pixels_only():
    y, mask, _ = scene()
    assert np.array_equal(light_of(y, mask, 1.5), light_of(np.where(mask, y, 0.9).astype(np.float32), mask, 1.5))
    flat = light_of(mask * np.float32(0.3), mask, 1.5)
    assert np.abs(flat).max() < 1e-6
