"""Structural similarity.

Wang Z., Bovik A. C., Sheikh H. R., Simoncelli E. P., IEEE Trans. Image Process. 13, 600-612 (2004), Eq. 13, with its
Gaussian window: 11 x 11, sigma 1.5, K1 = 0.01, K2 = 0.03.
"""

from array_api_compat import array_namespace
from jaxtyping import Bool, Float

from vcem.core.errors import UsageError
from vcem.metrics.batch import Array, Image, Region, Values, as_pair, mean_inside, undefined, window_centres
from vcem.metrics.windows import smooth_inside

TAPS, SIGMA_PX, K1, K2 = 11, 1.5, 0.01, 0.03


@undefined
def ssim(y: Image, y_hat: Image, mask: Region = None, data_range: float | Array = 1.0) -> Values:
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
    y: Float[Array, "n h w"],
    y_hat: Float[Array, "n h w"],
    region: Bool[Array, "n h w"] | None = None,
    data_range: float | Array = 1.0,
) -> Float[Array, "n i j"]:
    """Return the SSIM around every pixel whose window lies inside: i = h - 10, j = w - 10.

    SSIM = (2 mu mu' + C1)(2 cov + C2) / ((mu² + mu'² + C1)(var + var' + C2)), C1 = (K1 range)², C2 = (K2 range)².
    """
    return similarity_of(local_moments(y, y_hat, region), data_range)[0]


def local_moments(
    y: Float[Array, "n h w"], y_hat: Float[Array, "n h w"], region: Bool[Array, "n h w"] | None = None
) -> tuple[Array, ...]:
    """Return the windowed means of y, y_hat, y², y_hat² and y y_hat, in the images' precision.

    Raises:
        UsageError: if the images are smaller than the window.
    """
    if min(y.shape[1:]) < TAPS:
        raise UsageError(f"The images are {y.shape[1]} x {y.shape[2]}.", f"at least {TAPS} x {TAPS}, the SSIM window")
    xp = array_namespace(y)
    products = xp.concat([y, y_hat, y * y, y_hat * y_hat, y * y_hat])
    wide = xp.result_type(products, xp.float32)  # half precision is summed in float32, as on a GPU
    means = smooth_inside(xp.astype(products, wide, copy=False), region, TAPS, SIGMA_PX)
    means = xp.astype(means, products.dtype, copy=False)
    return tuple(means[a : a + len(y)] for a in range(0, len(means), len(y)))


def similarity_of(moments: tuple[Array, ...], data_range: float | Array) -> tuple[Array, Array]:
    """Return the SSIM out of windowed means, and without luminance: (2 cov + C2) / (var + var' + C2).

    In the means' precision, two products, then their ratio, as torchmetrics. Ranges of images are `n 1 1`, and single.
    """
    mu, mu_hat, square, square_hat, product = moments
    xp, sides = array_namespace(mu), (k * data_range for k in (K1, K2))
    c1, c2 = (side**2 if isinstance(side, float) else xp.astype(side, mu.dtype) ** 2 for side in sides)
    varied = xp.maximum(square - mu * mu, 0) + xp.maximum(square_hat - mu_hat * mu_hat, 0) + c2
    covaried = 2 * (product - mu * mu_hat) + c2
    upper = (2 * mu * mu_hat + c1) * covaried
    return upper / ((mu * mu + mu_hat * mu_hat + c1) * varied), covaried / varied
