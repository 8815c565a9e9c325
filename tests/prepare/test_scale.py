import numpy as np

from vcem.prepare.scale import Scale, min_max


def test_low_and_high_become_0_and_1_and_come_back():
    scale, stored = Scale(1915, 2295), np.array([[1915.0, 2105, 2295]])
    np.testing.assert_allclose(scale.do(stored), [[0, 0.5, 1]])
    np.testing.assert_allclose(scale.undo(scale.do(stored)), stored)


def test_min_max_is_the_images_own_scale():
    assert min_max(np.array([[3.0, 7.0]])) == Scale(3, 7)


def test_a_constant_image_does_not_divide_by_zero():
    np.testing.assert_array_equal(min_max(np.full((2, 2), 5.0)).do(np.full((2, 2), 5.0)), np.zeros((2, 2)))
