"""Visual information fidelity in the pixel domain.

Sheikh H. R., Bovik A. C., IEEE Trans. Image Process. 15, 430-444 (2006), in the authors' later pixel-domain form:
Gaussian windows on four scales in place of wavelet subbands. piq.vif_p computes the same value.
"""

from array_api_compat import array_namespace
from jaxtyping import Bool, Float

from vcem.core.errors import UsageError
from vcem.metrics import batch
from vcem.metrics.batch import Array, Image, Region, Values, spread_inside, sum_inside, window_centres
from vcem.metrics.windows import smooth_inside

SMALLEST = 41
"""Rows and columns that the four scales need."""
NOISE_VARIANCE = 2.0
"""sigma_n² of the model of the eye, on a scale of 0 to 255."""
SCALES = 4
TINY = 1e-8
"""Variances below it are taken for 0, on a scale of 0 to 255; piq.vif_p has the same."""
FLAT = 1e-3
"""A truth whose greatest and least grey are this near, on a scale of 0 to 255, holds no information."""
AT_ONCE = 2
"""Images whose windowed means fit the processor's cache together."""


@batch.undefined
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
    truth, prediction, region = batch.as_pair(y, y_hat, mask)
    if min(truth.shape[1:]) < SMALLEST:
        size = f"{truth.shape[1]} x {truth.shape[2]}"
        raise UsageError(f"The images are {size}.", f"at least {SMALLEST} x {SMALLEST} for VIF")
    truth, prediction = truth * (255 / data_range), prediction * (255 / data_range)
    xp = array_namespace(truth)
    parts = [slice(a, a + AT_ONCE) for a in range(0, len(truth), AT_ONCE)]
    regions = [None if region is None else region[part] for part in parts]
    values = [_vif(xp.concat([truth[p], prediction[p]]), r) for p, r in zip(parts, regions, strict=True)]
    return xp.where(spread_inside(truth, region) < FLAT, xp.nan, xp.concat(values))


def _vif(images: Float[Array, "m h w"], region: Bool[Array, "n h w"] | None) -> Values:
    """VIF of the second half of `images` as predictions of the first, on the scale 0 to 255."""
    kept, whole = 0, 0
    for scale in range(SCALES):
        taps = 2 ** (SCALES - scale) + 1
        if scale:
            images = smooth_inside(images, region, taps, taps / 5, step=2)
            region = window_centres(region, taps // 2, step=2)
        some, every = _information(images, region, taps)
        centres = window_centres(region, taps // 2)
        kept = kept + sum_inside(some, centres)
        whole = whole + sum_inside(every, centres)
    return kept / whole


def _information(
    images: Float[Array, "m h w"], region: Bool[Array, "n h w"] | None, taps: int
) -> tuple[Float[Array, "n i j"], Float[Array, "n i j"]]:
    """Information kept and information there at each pixel of one scale, in nats times two."""
    xp, n = array_namespace(images), len(images) // 2
    products = xp.concat([images, images * images, images[:n] * images[n:]])
    moments = smooth_inside(products, region, taps, taps / 5)
    mu, spread = moments[: 2 * n], moments[2 * n :]
    spread[: 2 * n] -= mu * mu
    spread[2 * n :] -= mu[:n] * mu[n:]
    spread = xp.maximum(spread, 0)  # a negative covariance: the prediction keeps nothing there
    variance, variance_hat, covariance = spread[:n], spread[n : 2 * n], spread[2 * n :]
    # explained = g² var = g cov, since g = cov / var; a flat truth explains nothing
    explained = covariance**2 / (variance + TINY) * (variance >= TINY)
    noise = xp.maximum(variance_hat - explained, 0) + NOISE_VARIANCE
    return xp.log1p(explained / noise), xp.log1p(variance / NOISE_VARIANCE)
