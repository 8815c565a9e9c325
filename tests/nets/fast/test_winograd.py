import pytest
import torch
from torch.nn import functional

from vcem.nets.fast import winograd
from vcem.nets.fast.winograd import Tiling


@pytest.mark.parametrize(("m", "r"), [(4, 3), (3, 4), (4, 2), (2, 3)])
def test_the_matrices_compute_a_correlation(m, r):
    A, G, B = (matrix.double() for matrix in winograd.matrices(m, r))
    d, g = torch.randn(m + r - 1, m + r - 1).double(), torch.randn(r, r).double()
    direct = functional.conv2d(d[None, None], g[None, None])[0, 0]
    torch.testing.assert_close((A @ ((G @ g.flatten()) * (B @ d.flatten()))).view(m, m), direct, rtol=1e-5, atol=1e-5)


def test_tiles_cover_every_output_and_no_more_than_a_tile_beyond():
    t = Tiling(m=4, r=3, s=1, batch=1, rows=9, columns=8)
    assert (t.n, t.down, t.across, t.padded) == (6, 3, 2, (14, 10))


@pytest.mark.parametrize("t", [Tiling(4, 3, 1, 2, 9, 8), Tiling(3, 4, 1, 1, 7, 7), Tiling(4, 2, 2, 2, 8, 6)])
def test_the_two_tilings_are_each_others_transposes(t):
    x, y = torch.randn(t.batch, *t.padded, 3).double(), torch.randn(t.batch, t.rows, t.columns, 3).double()
    winograd.matrices.cache_clear()
    u = torch.randn(t.n**2, t.batch * t.down * t.across, 3 * t.s**2)
    left = (winograd.input_tiles(x.float(), t) * u).sum()
    torch.testing.assert_close(left, (x.float() * winograd.add_input_tiles(u, t)).sum(), rtol=1e-4, atol=1e-3)
    v = torch.randn(t.n**2, t.batch * t.down * t.across, 3)
    left = (winograd.output_tiles(y.float(), t) * v).sum()
    torch.testing.assert_close(left, (y.float() * winograd.join_output_tiles(v, t)).sum(), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("t", [Tiling(4, 3, 1, 1, 4, 4), Tiling(4, 2, 2, 1, 4, 4)])
def test_the_gradient_of_filters_is_the_transpose_of_filters(t):
    w = torch.randn(5, 3, t.r * t.s, t.r * t.s)
    u = torch.randn(t.n**2, 5, 3 * t.s**2)
    left, right = (winograd.filters(w, t) * u).sum(), (w * winograd.gradient_of_filters(u, t)).sum()
    torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-3)
