"""Registration of LE and DES by translation.

The two images of a pair share their anatomy but not their grey levels: where LE brightens, DES may darken or stay flat,
so a correlation of grey values fails. What they share is the direction in which grey levels change, up to its sign.
The gradient (g_x, g_y) is therefore squared as a complex number, (g_x + i g_y)^2, which doubles its angle and forgets
the sign (the normalised gradient fields of Haber and Modersitzki 2006, whose squared inner product is
(1 + cos 2 angle) / 2), and damped where it is weak. The fields of LE and DES are correlated for every translation at
once by FFT, each divided by the energy in the overlap only (masked correlation, Padfield 2012), so that the
edges of the hand-made crops are no edges.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import fft, ndimage

from vcem.core.arrays import Grey, Regridded
from vcem.core.errors import FailureError

WORKING_SIDE_PX = 512  # the correlation runs at most at this length of the longer side
MIN_QUALITY = 0.3  # measured: docs/explain/registration.md
LEAST_AGREEMENT = 0.1  # correlation at the best translation, 1 for equal fields; measured there too
FARTHEST = 1 / 4  # of the smaller image's side: true pairs lie up to 1/9 apart, what is found beyond is none
_AIR = 10 / 255  # JPEG lifts the black air around a breast to at most 8 of 255
_SIGMA_PX = 1.0
_REACH = 1 / 3  # farthest translation, part of the smaller image's side
_BLUR_PX = 1.5  # tissue that moved between the exposures spreads the peak by a few pixels; chosen by crop stability
_PEAK_PX = 3  # the unblurred peak lies within this distance of the blurred one
_RIVAL_PX = 15  # translations farther than this from the best are rivals

Field = Float[np.ndarray, "two h w"]
Scores = Float[np.ndarray, "dy dx"]
OtherField = Float[np.ndarray, "two h2 w2"]
Down = Int[np.ndarray, "dy"]
Across = Int[np.ndarray, "dx"]


@dataclass(frozen=True)
class Registration:
    """DES((x + dx) des_per_le, (y + dy) des_per_le) lies over LE(x, y); dx, dy in pixels of the given LE image.

    `quality` is the distinctness of the best translation, 1 - rival / best: how far the correlation at the best rival,
    more than 15 working pixels away, stays below that at the best. 0: a rival is as good, so the translation is a
    guess; 1: nothing agrees at any other translation. It is 0 too where hardly anything agrees at the best one, or
    that lies farther away than hands crop: images of two breasts, or of one that lies otherwise.
    """

    dx_px: float
    dy_px: float
    quality: float


def register(x: Grey, y: Regridded, des_per_le: float = 1.0) -> Registration:
    """Find the translation between LE and DES.

    Args:
        x: the LE image, grey in [0, 1].
        y: the DES image, grey in [0, 1].
        des_per_le: pixels of DES a pixel of LE.

    Raises:
        FailureError: if an image shows nothing but air.
    """
    scaled = y if des_per_le == 1 else _rescale(y, des_per_le)
    step = -(-max(*x.shape, *scaled.shape) // WORKING_SIDE_PX)
    scores, dys, dxs = _correlate(_directions(_block_means(x, step)), _directions(_block_means(scaled, step)))
    blurred = ndimage.gaussian_filter(scores, _BLUR_PX)
    row, column = (int(i) for i in np.unravel_index(np.argmax(blurred), blurred.shape))
    dx = dxs[column] + _summit(blurred[row], column)
    dy = dys[row] + _summit(blurred[:, column], row)
    apart = np.hypot(dys[:, None] - dys[row], dxs[None] - dxs[column])
    near = all(abs(moved) <= FARTHEST / _REACH * reach[-1] for moved, reach in ((dys[row], dys), (dxs[column], dxs)))
    return Registration(float(dx) * step, float(dy) * step, _distinctness(scores, apart) if near else 0.0)


def _distinctness(scores: Scores, apart: Scores) -> float:
    best = float(scores[apart <= _PEAK_PX].max())
    if best < LEAST_AGREEMENT:
        return 0.0
    rival = float(scores[apart > _RIVAL_PX].max(initial=0))
    return 1 - rival / best if best > rival else 0.0


def _rescale(y: Grey, des_per_le: float) -> Regridded:
    """Bring DES to the scale of LE: pixel x of the result is pixel des_per_le * x of DES."""
    smooth = ndimage.gaussian_filter(y, max(0.0, (des_per_le - 1) / 2))
    shape = tuple(max(1, round(side / des_per_le)) for side in y.shape)
    rescaled: Regridded = ndimage.affine_transform(
        smooth, [des_per_le] * 2, output_shape=shape, order=1, mode="nearest"
    )
    return rescaled


def _block_means(grey: Grey, step: int) -> Regridded:
    h, w = (side // step for side in grey.shape)
    blocks = grey[: h * step, : w * step].reshape(h, step, w, step)
    return blocks.mean((1, 3), dtype=np.float32)


def _directions(grey: Grey) -> Field:
    """Return the squared gradient as two real planes, damped below the median gradient of the breast."""
    g_x = ndimage.gaussian_filter(grey, _SIGMA_PX, order=(0, 1), output=np.float32)
    g_y = ndimage.gaussian_filter(grey, _SIGMA_PX, order=(1, 0), output=np.float32)
    power = g_x**2 + g_y**2
    breast = grey > _AIR
    if not breast.any() or not power.any():
        raise FailureError("The image shows nothing but air.", "a breast on a black ground")
    damped = power + np.median(power[breast]) + np.finfo(np.float32).tiny
    field = np.stack([(g_x**2 - g_y**2) / damped, 2 * g_x * g_y / damped])
    return _without_frame(field, int(np.ceil(3 * _SIGMA_PX)))


def _without_frame(field: Field, width: int) -> Field:
    """Blank the frame where the gradient filter has looked beyond the crop."""
    inner = np.zeros_like(field)
    inner[:, width:-width, width:-width] = field[:, width:-width, width:-width]
    return inner


def _correlate(f: Field, g: OtherField) -> tuple[Scores, Down, Across]:
    reach = [int(_REACH * min(sides)) for sides in zip(f.shape[1:], g.shape[1:], strict=True)]
    dys, dxs = (np.arange(-r, r + 1) for r in reach)
    shape = [
        fft.next_fast_len(max(a, b) + r, real=True) for a, b, r in zip(f.shape[1:], g.shape[1:], reach, strict=True)
    ]
    spectrum = (np.conj(fft.rfft2(f, shape)) * fft.rfft2(g, shape)).sum(0)
    products = fft.irfft2(spectrum, shape)[np.ix_(dys, dxs)]
    energy = _overlap_energy(f, g.shape[1:], dys, dxs) * _overlap_energy(g, f.shape[1:], -dys, -dxs)
    return products / np.sqrt(energy + np.finfo(np.float32).tiny), dys, dxs


def _overlap_energy(field: Field, other: tuple[int, ...], dys: Down, dxs: Across) -> Scores:
    """Sum the squared field over the part that lies over the other image, for every translation."""
    h, w = field.shape[1:]
    table = np.zeros((h + 1, w + 1))
    table[1:, 1:] = (field.astype(np.float64) ** 2).sum(0).cumsum(0).cumsum(1)
    top, bottom = np.clip(-dys, 0, h), np.clip(other[0] - dys, 0, h)
    left, right = np.clip(-dxs, 0, w), np.clip(other[1] - dxs, 0, w)
    inside = table[np.ix_(bottom, right)] - table[np.ix_(top, right)]
    return np.maximum(inside - table[np.ix_(bottom, left)] + table[np.ix_(top, left)], 0)


def _summit(values: Float[np.ndarray, " n"], at: int) -> float:
    """Return the offset of a parabola's summit through the greatest value and its neighbours."""
    if at in (0, len(values) - 1):
        return 0.0
    before, here, after = (float(v) for v in values[at - 1 : at + 2])
    bend = before - 2 * here + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0
