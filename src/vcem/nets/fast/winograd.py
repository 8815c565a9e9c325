"""Convolutions with fewer multiplications, for CPUs: minimal filtering (Winograd 1980; Lavin and Gray 2016).

m x m outputs of an r x r filter cost (m + r - 1)^2 multiplications a channel pair in place of m^2 r^2: a quarter for
m = 4, r = 3. GPU libraries choose it by themselves; torch's CPU library has none for training. A filter of stride 2 is
one of stride 1 over the four phases of its input, and a transposed convolution is the gradient of a convolution, so
that one set of products serves all. Results differ from the direct sum by rounding alone.

Letters: d input tile, g filter, y output tile; y = A' [(G g) * (B' d)] with matrices of tile side n = m + r - 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import prod

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

CACHE_BYTES = 2**19  # a part of the second-level cache of a core
POINTS = (0.0, 1.0, -1.0, 0.5, -2.0)  # where the polynomials meet; the last is infinity (Barabasz et al. 2020, Table 1)


@dataclass(frozen=True)
class Tiling:
    """How an image of rows x columns is cut: output tiles of side m, filter of side r taps, stride s."""

    m: int
    r: int
    s: int
    batch: int
    rows: int
    columns: int

    @property
    def n(self) -> int:
        """Side of an input tile, in steps of the stride."""
        return self.m + self.r - 1

    @property
    def down(self) -> int:
        """Tiles below one another."""
        return -(-self.rows // self.m)

    @property
    def across(self) -> int:
        """Tiles beside one another."""
        return -(-self.columns // self.m)

    @property
    def tiles(self) -> int:
        """Tiles of all images."""
        return self.batch * self.down * self.across

    @property
    def padded(self) -> tuple[int, int]:
        """Rows and columns of input that whole tiles need."""
        edge = self.r - 1
        return self.s * (self.m * self.down + edge), self.s * (self.m * self.across + edge)


@cache
def matrices(m: int, r: int) -> tuple[Float[Tensor, "mm nn"], Float[Tensor, "nn rr"], Float[Tensor, "nn nn"]]:
    """Return A', G and B' for two dimensions, each the Kronecker square of its one-dimensional form."""
    n = m + r - 1
    points = POINTS[: n - 1]
    others = [[b for b in points if b != a] for a in points]
    A = np.vstack([np.vander(points, m, increasing=True), np.eye(m)[-1]]).T
    scale = [prod(a - b for b in rest) for a, rest in zip(points, others, strict=True)]
    G = np.vstack([np.vander(points, r, increasing=True) / np.array(scale)[:, None], np.eye(r)[-1]])
    B = np.array([[*np.poly(rest)[::-1], 0.0] for rest in others] + [np.poly(points)[::-1]])
    squares = (torch.from_numpy(np.kron(matrix, matrix)).float() for matrix in (A, G, B))
    A2, G2, B2 = squares
    return A2, G2, B2


def grown(x: Float[Tensor, "b h w c"], rows: int, columns: int) -> Float[Tensor, "b i j c"]:
    """Return the image with zeros below and to the right, up to so many rows and columns."""
    if x.shape[1:3] == (rows, columns):
        return x
    out = x.new_zeros(len(x), rows, columns, x.shape[3])
    out[:, : x.shape[1], : x.shape[2]] = x
    return out


def _input_view(x: Tensor, t: Tiling) -> Tensor:
    """View the input (b h w c) as its overlapping tiles: n n b down across s s c."""
    _, _, width, channels = x.shape
    row, column = width * channels, channels
    sizes = (t.n, t.n, t.batch, t.down, t.across, t.s, t.s, channels)
    step = t.m * t.s
    strides = (t.s * row, t.s * column, x.stride(0), step * row, step * column, row, column, 1)
    return x.as_strided(sizes, strides)


def _output_view(y: Tensor, t: Tiling) -> Tensor:
    """View the output (b h w k), whole tiles of it, as its tiles: m m b down across k."""
    return y.view(t.batch, t.down, t.m, t.across, t.m, -1).permute(2, 4, 0, 1, 3, 5)


def _pieces(t: Tiling, width: int) -> Iterator[tuple[int, slice, slice]]:
    """Yield image, tile rows and matrix columns of pieces small enough to stay in the cache between two passes."""
    rows = max(1, CACHE_BYTES // (4 * t.n**2 * t.across * width))
    for image in range(t.batch):
        for top in range(0, t.down, rows):
            bottom = min(top + rows, t.down)
            start, end = ((image * t.down + row) * t.across * width for row in (top, bottom))
            yield image, slice(top, bottom), slice(start, end)


def input_tiles(x: Float[Tensor, "b h w c"], t: Tiling) -> Float[Tensor, "nn tiles ssc"]:
    """Return B' d of every tile."""
    _, _, B = matrices(t.m, t.r)
    tiles, width = _input_view(x, t), t.s**2 * x.shape[3]
    out = x.new_empty(t.n**2, t.tiles * width)
    for image, rows, columns in _pieces(t, width):
        torch.mm(B, tiles[:, :, image, rows].reshape(t.n**2, -1), out=out[:, columns])
    return out.view(t.n**2, t.tiles, width)


def add_input_tiles(products: Float[Tensor, "nn tiles ssc"], t: Tiling) -> Float[Tensor, "b h w c"]:
    """Return the sum of B d over the overlapping tiles: the transpose of `input_tiles`."""
    _, _, B = matrices(t.m, t.r)
    width = products.shape[2]
    flat, out = products.view(t.n**2, -1), products.new_zeros(t.batch, *t.padded, width // t.s**2)
    places = _input_view(out, t)
    for image, rows, columns in _pieces(t, width):
        part = places[:, :, image, rows]
        tiles = (B.T @ flat[:, columns]).view(part.shape)
        for i in (slice(0, t.m), slice(t.m, t.n)):  # within each of the four quarters no two tiles overlap
            for j in (slice(0, t.m), slice(t.m, t.n)):
                part[i, j] += tiles[i, j]
    return out


def output_tiles(y: Float[Tensor, "b h w k"], t: Tiling) -> Float[Tensor, "nn tiles k"]:
    """Return A y of every tile, the transpose of `join_output_tiles`."""
    A, _, _ = matrices(t.m, t.r)
    tiles, width = _output_view(grown(y, t.down * t.m, t.across * t.m), t), y.shape[3]
    out = y.new_empty(t.n**2, t.tiles * width)
    for image, rows, columns in _pieces(t, width):
        torch.mm(A.T, tiles[:, :, image, rows].reshape(t.m**2, -1), out=out[:, columns])
    return out.view(t.n**2, t.tiles, width)


def join_output_tiles(products: Float[Tensor, "nn tiles k"], t: Tiling) -> Float[Tensor, "b h w k"]:
    """Return the image whose tiles are A' times the products."""
    A, _, _ = matrices(t.m, t.r)
    width = products.shape[2]
    flat, out = products.view(t.n**2, -1), products.new_empty(t.batch, t.down * t.m, t.across * t.m, width)
    places = _output_view(out, t)
    for image, rows, columns in _pieces(t, width):
        part = places[:, :, image, rows]
        part.copy_((A @ flat[:, columns]).view(part.shape))
    return out[:, : t.rows, : t.columns].contiguous()


def filters(weight: Float[Tensor, "k c i j"], t: Tiling) -> Float[Tensor, "nn k ssc"]:
    """Return G g of every filter, phases of the stride beside the channels."""
    _, G, _ = matrices(t.m, t.r)
    k, c = weight.shape[:2]
    phases = weight.permute(0, 2, 3, 1).reshape(k, t.r, t.s, t.r, t.s, c).permute(1, 3, 0, 2, 4, 5)
    return (G @ phases.reshape(t.r**2, -1)).view(t.n**2, k, t.s**2 * c)


def gradient_of_filters(products: Float[Tensor, "nn k ssc"], t: Tiling) -> Float[Tensor, "k c i j"]:
    """Return the transpose of `filters`."""
    _, G, _ = matrices(t.m, t.r)
    k, side = products.shape[1], t.r * t.s
    phases = (G.T @ products.reshape(t.n**2, -1)).view(t.r, t.r, k, t.s, t.s, -1)
    return phases.permute(2, 0, 3, 1, 4, 5).reshape(k, side, side, -1).permute(0, 3, 1, 2)
