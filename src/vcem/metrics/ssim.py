"""Structural similarity.

Wang Z., Bovik A. C., Sheikh H. R., Simoncelli E. P., IEEE Trans. Image Process. 13, 600-612 (2004), Eq. 13, with its
Gaussian window: 11 x 11, sigma 1.5, K1 = 0.01, K2 = 0.03.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vcem.core.errors import UsageError
from vcem.metrics.batch import Image, Region, Values, as_pair, mean_inside, window_centres
from vcem.metrics.windows import smooth_inside

TAPS, SIGMA_PX, K1, K2 = 11, 1.5, 0.01, 0.03


def ssim(y: Image, y_hat: Image, mask: Region = None, data_range: float | Tensor = 1.0) -> Values:
    """Return the mean of the SSIM map over the mask or the whole image; in [-1, 1], 1 for identical images.

    Only pixels whose whole window lies in the image count, as in Wang et al. and in scikit-image: 5 rows and columns at
    each edge drop out. (torchmetrics 1.9 also averages over a reflected border, inside which its map is this one.)
    With a mask, windows centred in it count, and of their pixels those in it: neither the prediction's background nor
    the skin line, which a mask alone would reproduce, changes the value. NaN if the mask lies within 5 pixels of the
    image's edge.
    """
    truth, prediction, region = as_pair(y, y_hat, mask)
    similarity = ssim_map(truth, prediction, region, data_range)
    return mean_inside(similarity, window_centres(region, TAPS // 2))


def ssim_map(
    y: Float[Tensor, "n h w"],
    y_hat: Float[Tensor, "n h w"],
    region: Bool[Tensor, "n h w"] | None = None,
    data_range: float | Tensor = 1.0,
) -> Float[Tensor, "n i j"]:
    """Return the SSIM around every pixel whose window lies inside: i = h - 10, j = w - 10.

    SSIM = (2 mu mu' + C1)(2 cov + C2) / ((mu² + mu'² + C1)(var + var' + C2)), C1 = (K1 range)², C2 = (K2 range)².
    """
    return similarity_of(local_moments(y, y_hat, region), data_range)


def local_moments(
    y: Float[Tensor, "n h w"], y_hat: Float[Tensor, "n h w"], region: Bool[Tensor, "n h w"] | None = None
) -> tuple[Tensor, ...]:
    """Return the windowed means of y, y_hat, y², y_hat² and y y_hat, in the images' precision.

    Raises:
        UsageError: if the images are smaller than the window.
    """
    if min(y.shape[1:]) < TAPS:
        raise UsageError(f"The images are {y.shape[1]} x {y.shape[2]}.", f"at least {TAPS} x {TAPS}, the SSIM window")
    products = torch.cat([y, y_hat, y * y, y_hat * y_hat, y * y_hat])
    wide = torch.promote_types(products.dtype, torch.float32)  # half precision is summed in float32, as on a GPU
    return smooth_inside(products.to(wide), region, TAPS, SIGMA_PX).to(products.dtype).chunk(5)


def similarity_of(moments: tuple[Tensor, ...], data_range: float | Tensor) -> Tensor:
    """Return the SSIM out of windowed means, in their precision: two products, then their ratio, as torchmetrics."""
    mu, mu_hat = moments[:2]
    c1 = (K1 * data_range) ** 2
    covaried, varied = _structures(moments, data_range)
    upper = (2 * mu * mu_hat + c1) * covaried
    return upper / ((mu * mu + mu_hat * mu_hat + c1) * varied)


def structure_of(moments: tuple[Tensor, ...], data_range: float | Tensor) -> Tensor:
    """Return the SSIM without its term of luminance: (2 cov + C2) / (var + var' + C2)."""
    covaried, varied = _structures(moments, data_range)
    return covaried / varied


def _structures(moments: tuple[Tensor, ...], data_range: float | Tensor) -> tuple[Tensor, Tensor]:
    mu, mu_hat, square, square_hat, product = moments
    c2 = (K2 * data_range) ** 2
    variances = (square - mu * mu).relu() + (square_hat - mu_hat * mu_hat).relu()
    return 2 * (product - mu * mu_hat) + c2, variances + c2
