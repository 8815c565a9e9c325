"""Structural similarity over several scales.

Wang Z., Simoncelli E. P., Bovik A. C., Asilomar Conf. Signals, Systems and Computers, 1398-1402 (2003), Eq. 7, with
their five exponents; piq.multi_scale_ssim computes the same value.

MS-SSIM = max(0, SSIM_M)^w_M x product over the scales j < M of max(0, (2 cov + C2) / (var + var' + C2))^w_j: means over
the image, which is halved from scale to scale by 2 x 2 means. Their images had 512 rows and five scales. Where the
window of 11 x 11 does not fit the image on a coarse scale, scales that it fits count and their exponents are divided
by their sum, so that the value stays on the scale of SSIM. Grids with different numbers of scales are not comparable.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from vcem.core.errors import UsageError
from vcem.metrics.batch import Image, Region, Values, as_pair, mean_inside, window_centres
from vcem.metrics.ssim import TAPS, local_moments, similarity_of, structure_of
from vcem.metrics.table import MS_SSIM_SMALLEST

EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
Scales = Float[Tensor, "n m"]


def ms_ssim(y: Image, y_hat: Image, mask: Region = None, data_range: float | Tensor = 1.0) -> Values:
    """Return the multi-scale SSIM over the mask or the whole image; in [0, 1], 1 for identical images.

    A scale on which truth and prediction vary against each other on average has a negative mean, of which no such power
    exists: it counts as 0, and so does the product. With a mask a pixel of a coarse scale is the mean of its breast
    pixels, and windows count as in SSIM; a breast that no window is centred in on a coarse scale is measured on the
    scales before. NaN if there is none on the first, as SSIM.

    Raises:
        UsageError: if the images are smaller than 21 x 21, on which two scales fit.
    """
    truth, prediction, region = as_pair(y, y_hat, mask)
    if min(truth.shape[1:]) < MS_SSIM_SMALLEST:
        size, least = f"{truth.shape[1]} x {truth.shape[2]}", f"{MS_SSIM_SMALLEST} x {MS_SSIM_SMALLEST}"
        raise UsageError(f"The images are {size}.", f"at least {least}, two scales of the SSIM window")
    structures, similarities = [], []
    for scale in range(scales_of(truth.shape[1:])):
        if scale:
            truth, prediction, region = _halved(truth, region), _halved(prediction, region), _halved_region(region)
        moments, centres = local_moments(truth, prediction, region), window_centres(region, TAPS // 2)
        structures.append(mean_inside(structure_of(moments, data_range), centres))
        similarities.append(mean_inside(similarity_of(moments, data_range), centres))
    return _product(torch.stack(structures, 1), torch.stack(similarities, 1))


def scales_of(shape: tuple[int, ...]) -> int:
    """Return the number of scales, five at most, on which the window fits images of these rows and columns."""
    sides = [min(shape)]
    while len(sides) < len(EXPONENTS) and (sides[-1] + 1) // 2 >= TAPS:
        sides.append((sides[-1] + 1) // 2)
    return len(sides)


def _halved(images: Float[Tensor, "n h w"], region: Bool[Tensor, "n h w"] | None) -> Float[Tensor, "n i j"]:
    """Return the mean of the pixels, or of those of the region alone, below each pixel of half the rows and columns."""
    if region is None:
        return _pooled(images)
    return _pooled(torch.where(region, images, 0)) / _pooled(region.to(images)).clamp_min(1e-6)


def _halved_region(region: Bool[Tensor, "n h w"] | None) -> Bool[Tensor, "n i j"] | None:
    return None if region is None else _pooled(region.float()) > 0


def _pooled(images: Float[Tensor, "n h w"]) -> Float[Tensor, "n i j"]:
    """Return 2 x 2 means; the last row or column of an odd number stands for two."""
    rows, columns = images.shape[1:]
    whole = functional.pad(images[:, None], (0, columns % 2, 0, rows % 2), mode="replicate")
    return functional.avg_pool2d(whole, 2)[:, 0]


def _product(structures: Scales, similarities: Scales) -> Values:
    """Multiply the scales that have a value, the last of them with luminance."""
    there = torch.isfinite(structures).long().cumprod(1).bool()
    exponents = torch.tensor(EXPONENTS, dtype=torch.float64, device=structures.device)[: structures.shape[1]]
    weights = torch.where(there, exponents, 0)
    last = (there.sum(1, keepdim=True) - 1).clamp_min(0)
    means = structures.scatter(1, last, similarities.gather(1, last))
    means = torch.where(there, means.clamp_min(0), 1)
    value = means.pow(weights / weights.sum(1, keepdim=True)).prod(1)
    return torch.where(there[:, 0], value, torch.nan)
