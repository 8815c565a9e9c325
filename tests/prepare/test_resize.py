import cv2
import numpy as np
import pytest

from vcem.prepare.resize import Resize


@pytest.mark.parametrize(("given", "size"), [(512, 128), (311, 256), (100, 256), (2850, 256)])
def test_without_antialiasing_it_is_opencvs_inter_linear(given, size):
    grey = np.random.default_rng(0).random((given, given)).astype(np.float32)
    peer = cv2.resize(grey, (size, size), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(Resize(given, size, antialias=False).do(grey), peer, atol=1e-5)


def test_antialiasing_removes_the_noise_that_plain_sampling_keeps():
    noise = np.random.default_rng(0).normal(size=(2816, 2816)).astype(np.float32)
    plain, smooth = (Resize(2816, 256, antialias=a).do(noise).std() for a in (False, True))
    assert plain > 5 * smooth


@pytest.mark.parametrize("antialias", [False, True])
def test_a_ramp_stays_in_place(antialias):
    ramp = np.tile(np.arange(512, dtype=np.float32), (512, 1))
    small = Resize(512, 128, antialias).do(ramp)
    np.testing.assert_allclose(small[5, 4:-4], np.arange(128)[4:-4] * 4 + 1.5, atol=1e-3)


def test_undo_returns_the_given_size_and_adds_no_detail():
    step = Resize(512, 128, antialias=True)
    back = step.undo(np.random.default_rng(0).random((128, 128)).astype(np.float32))
    assert back.shape == (512, 512)
    assert back.min() >= 0
    assert back.max() <= 1
