"""Visual information fidelity in the pixel domain.

Sheikh H. R., Bovik A. C., IEEE Trans. Image Process. 15, 430-444 (2006), in the authors' later pixel-domain form:
Gaussian windows on four scales in place of wavelet subbands. piq.vif_p computes the same value.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vcem.core.errors import UsageError
from vcem.metrics.batch import Image, Region, Values, as_pair, spread_inside, sum_inside, window_centres
from vcem.metrics.table import VIF_SMALLEST
from vcem.metrics.windows import smooth_inside

NOISE_VARIANCE = 2.0
"""sigma_n² of the model of the eye, on a scale of 0 to 255."""
SCALES = 4
TINY = 1e-8
"""Variances below it are taken for 0, on a scale of 0 to 255; piq.vif_p has the same."""
FLAT = 1e-3
"""A truth whose greatest and least grey are this near, on a scale of 0 to 255, holds no information."""
AT_ONCE = 2
"""Images whose windowed means fit the processor's cache together."""


def vif(y: Image, y_hat: Image, mask: Region = None, data_range: float = 1.0) -> Values:
    """Return the information that the prediction keeps of the truth: 0 none, 1 all, above 1 with added contrast.

    VIF = sum log(1 + g² var / (var_v + sigma_n²)) / sum log(1 + var / sigma_n²), g = cov / var and
    var_v = var' - g cov, over all pixels of four scales (windows of 17, 9, 5, 3 pixels, sigma a fifth); var of y, var'
    of y_hat. Not symmetric. Windows lie inside the image, so 8 pixels at each edge drop out, 20 at the coarsest scale.
    With a mask, windows centred in it count, and of their pixels those in it: the skin line, which a mask alone would
    reproduce, is no information. NaN where the truth is flat: there is nothing to keep.

    Raises:
        UsageError: if the images are smaller than 41 x 41.
    """
    truth, prediction, region = as_pair(y, y_hat, mask)
    if min(truth.shape[1:]) < VIF_SMALLEST:
        raise UsageError(
            f"The images are {truth.shape[1]} x {truth.shape[2]}.", f"at least {VIF_SMALLEST} x {VIF_SMALLEST} for VIF"
        )
    truth, prediction = truth * (255 / data_range), prediction * (255 / data_range)
    parts = [slice(a, a + AT_ONCE) for a in range(0, len(truth), AT_ONCE)]
    regions = [None if region is None else region[part] for part in parts]
    values = [_vif(torch.cat([truth[p], prediction[p]]), r) for p, r in zip(parts, regions, strict=True)]
    return torch.where(spread_inside(truth, region) < FLAT, torch.nan, torch.cat(values))


def _vif(images: Float[Tensor, "m h w"], region: Bool[Tensor, "n h w"] | None) -> Values:
    """VIF of the second half of `images` as predictions of the first, on the scale 0 to 255."""
    kept = torch.zeros((), dtype=torch.float64)
    whole = torch.zeros((), dtype=torch.float64)
    for scale in range(SCALES):
        taps = 2 ** (SCALES - scale) + 1
        if scale:
            images = smooth_inside(images, region, taps, taps / 5, step=2)
            region = None if region is None else _halved(region, taps)
        some, every = _information(images, region, taps)
        centres = window_centres(region, taps // 2)
        kept = kept + sum_inside(some, centres)
        whole = whole + sum_inside(every, centres)
    return kept / whole


def _halved(region: Tensor, taps: int) -> Tensor:
    edge = taps // 2
    return region[:, edge : region.shape[1] - edge : 2, edge : region.shape[2] - edge : 2]


def _products(images: Float[Tensor, "m h w"]) -> Float[Tensor, "k h w"]:
    """Return y, y_hat, y², y_hat² and y y_hat in one block, each written once."""
    n = len(images) // 2
    block = images.new_empty(5 * n, *images.shape[1:])
    block[: 2 * n] = images
    torch.mul(images, images, out=block[2 * n : 4 * n])
    torch.mul(images[:n], images[n:], out=block[4 * n :])
    return block


def _information(
    images: Float[Tensor, "m h w"], region: Bool[Tensor, "n h w"] | None, taps: int
) -> tuple[Float[Tensor, "n i j"], Float[Tensor, "n i j"]]:
    """Information kept and information there at each pixel of one scale, in nats times two."""
    n = len(images) // 2
    moments = smooth_inside(_products(images), region, taps, taps / 5)
    mu, squares, product = moments[: 2 * n], moments[2 * n : 4 * n], moments[4 * n :]
    variances = (squares - mu * mu).relu_()
    variance, variance_hat = variances[:n], variances[n:]
    covariance = (product - mu[:n] * mu[n:]).relu_()  # negative: the prediction keeps nothing there
    # explained = g² var = g cov, since g = cov / var; a flat truth explains nothing
    explained = covariance.square_().div_(variance + TINY).mul_(variance >= TINY)
    noise = (variance_hat - explained).relu_() + NOISE_VARIANCE
    return torch.log1p(explained.div_(noise)), torch.log1p(variance / NOISE_VARIANCE)
