"""Structural similarity over several scales.

Wang Z., Simoncelli E. P., Bovik A. C., Asilomar Conf. Signals, Systems and Computers, 1398-1402 (2003), Eq. 7, with
their five exponents; piq.multi_scale_ssim computes the same value.

MS-SSIM = max(0, SSIM_M)^w_M x product over the scales j < M of max(0, (2 cov + C2) / (var + var' + C2))^w_j: means over
the image, which is halved from scale to scale by 2 x 2 means. Their images had 512 rows and five scales. Where the
window of 11 x 11 does not fit the image on a coarse scale, scales that it fits count and their exponents are divided
by their sum, so that the value stays on the scale of SSIM. Grids with different numbers of scales are not comparable.
"""

from array_api_compat import array_namespace
from jaxtyping import Bool, Float

from vcem.core.errors import UsageError
from vcem.metrics.batch import Array, Image, Region, Values, as_pair, mean_inside, undefined, window_centres
from vcem.metrics.ssim import TAPS, local_moments, similarity_of

SMALLEST = 21
"""Rows and columns on which two scales fit: half of them, rounded up, hold the window of 11 x 11."""
EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
Scales = Float[Array, "n m"]


@undefined
def ms_ssim(y: Image, y_hat: Image, mask: Region = None, data_range: float | Array = 1.0) -> Values:
    """Return the multi-scale SSIM over the mask or the whole image; in [0, 1], 1 for identical images.

    A scale on which truth and prediction vary against each other on average has a negative mean, of which no such power
    exists: it counts as 0, and so does the product. With a mask a pixel of a coarse scale is the mean of its breast
    pixels, and windows count as in SSIM; a breast that no window is centred in on a coarse scale is measured on the
    scales before. NaN if there is none on the first, as SSIM.

    Raises:
        UsageError: if the images are smaller than 21 x 21, on which two scales fit.
    """
    truth, prediction, region = as_pair(y, y_hat, mask)
    if min(truth.shape[1:]) < SMALLEST:
        size, least = f"{truth.shape[1]} x {truth.shape[2]}", f"{SMALLEST} x {SMALLEST}"
        raise UsageError(f"The images are {size}.", f"at least {least}, two scales of the SSIM window")
    structures, similarities = [], []
    for scale in range(scales_of(truth.shape[1:])):
        if scale:
            truth, prediction, region = _halved(truth, region), _halved(prediction, region), _halved_region(region)
        moments, centres = local_moments(truth, prediction, region), window_centres(region, TAPS // 2)
        similarity, structure = similarity_of(moments, data_range)
        structures.append(mean_inside(structure, centres))
        similarities.append(mean_inside(similarity, centres))
    stack = array_namespace(truth).stack
    return _product(stack(structures, axis=1), stack(similarities, axis=1))


def scales_of(shape: tuple[int, ...]) -> int:
    """Return the number of scales, five at most, on which the window fits images of these rows and columns."""
    sides = [min(shape)]
    while len(sides) < len(EXPONENTS) and (sides[-1] + 1) // 2 >= TAPS:
        sides.append((sides[-1] + 1) // 2)
    return len(sides)


def _halved(images: Float[Array, "n h w"], region: Bool[Array, "n h w"] | None) -> Float[Array, "n i j"]:
    """Return the mean of the pixels, or of those of the region alone, below each pixel of half the rows and columns."""
    if region is None:
        return _pooled(images)
    xp = array_namespace(images)
    return _pooled(xp.where(region, images, 0)) / xp.maximum(_pooled(xp.astype(region, images.dtype)), 1e-6)


def _halved_region(region: Bool[Array, "n h w"] | None) -> Bool[Array, "n i j"] | None:
    return None if region is None else _pooled(region * 1.0) > 0


def _pooled(images: Float[Array, "n h w"]) -> Float[Array, "n i j"]:
    """Return 2 x 2 means; the last row or column of an odd number stands for two."""
    xp, (rows, columns) = array_namespace(images), images.shape[1:]
    tall = xp.concat([images, images[:, rows - rows % 2 :]], axis=1)
    whole = xp.concat([tall, tall[:, :, columns - columns % 2 :]], axis=2)
    upper, lower = whole[:, ::2], whole[:, 1::2]
    return (upper[:, :, ::2] + upper[:, :, 1::2] + lower[:, :, ::2] + lower[:, :, 1::2]) / 4


def _product(structures: Scales, similarities: Scales) -> Values:
    """Multiply the scales that have a value, the last of them with luminance."""
    xp = array_namespace(structures)
    there = xp.cumulative_prod(xp.astype(xp.isfinite(structures), xp.int64), axis=1) > 0
    exponents = xp.asarray(EXPONENTS[: structures.shape[1]], dtype=xp.float64, device=structures.device)
    weights = xp.where(there, exponents, 0)
    goes_on = xp.concat([there[:, 1:], xp.zeros_like(there[:, :1])], axis=1)
    means = xp.maximum(xp.where(goes_on, structures, similarities), 0)
    value = xp.prod(xp.where(there, means, 1) ** (weights / xp.sum(weights, axis=1, keepdims=True)), axis=1)
    return xp.where(there[:, 0], value, xp.nan)
