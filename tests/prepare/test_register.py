import numpy as np
from scipy import ndimage

from vcem.prepare.register import Register


def blob(shape, x, y):
    rows, columns = np.indices(shape)
    return np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 30)


def test_des_at_x_plus_dx_comes_to_lie_over_le_at_x():
    laid = Register(dx_px=7, dy_px=-4, rows=60, columns=50).do(blob((64, 48), 27, 26))
    assert np.unravel_index(laid.argmax(), laid.shape) == (30, 20)


def test_a_fraction_of_a_pixel_counts():
    laid = Register(dx_px=0.5, dy_px=0.25, rows=64, columns=64).do(blob((64, 64), 30.5, 40.25))
    np.testing.assert_allclose(ndimage.center_of_mass(laid), (40, 30), atol=0.02)


def test_where_des_has_no_pixel_is_known():
    register = Register(dx_px=10, dy_px=-5, rows=40, columns=40)
    covered = register.covered((40, 40))
    assert not covered[:5].any()
    assert not covered[:, 30:].any()
    assert covered[5:, :30].all()
    assert not register.do(np.ones((40, 40)))[~covered].any()


def test_another_scale_of_des_is_undone():
    laid = Register(dx_px=3, dy_px=2, rows=40, columns=40, des_per_le=2).do(blob((80, 80), 46, 44))
    assert np.unravel_index(laid.argmax(), laid.shape) == (20, 20)


def test_points_move_with_the_pixels():
    register = Register(dx_px=3, dy_px=2, rows=40, columns=40, des_per_le=2)
    np.testing.assert_allclose(register.points(np.array([[46.0, 44.0]])), [[20, 20]])
