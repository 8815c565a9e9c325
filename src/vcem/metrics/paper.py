"""The metrics as the paper's authors computed them, to compare a number with their Table 4.1 and for nothing else.

PSNR takes its range from each truth's own maximum, SSIM from the wider of the two images' ranges, and SSIM ran in half
precision. MSE and VIF are those of `vcem.metrics.error` and `vcem.metrics.vif`.
"""

from array_api_compat import array_namespace

from vcem.metrics.batch import Image, Region, Values, as_pair, mean_inside, spread_inside, undefined, window_centres
from vcem.metrics.error import psnr
from vcem.metrics.ssim import TAPS, local_moments, similarity_of


def psnr_over_own_maximum(y: Image, y_hat: Image, mask: Region = None) -> Values:
    """Return 10 log10(range² / MSE) with range = max(0, max y) - min(0, min y) of each truth.

    So did torchmetrics 0.11 without a data range. On images in [0, 1] the range is max y: the darker the truth, the
    lower the figure.
    """
    truth, _, region = as_pair(y, y_hat, mask)
    xp = array_namespace(truth)
    truth = truth if region is None else xp.where(region, truth, 0)
    own = xp.maximum(xp.max(truth, axis=(1, 2)), 0) - xp.minimum(xp.min(truth, axis=(1, 2)), 0)
    return psnr(y, y_hat, mask, xp.astype(own, xp.float64))


@undefined
def ssim_over_own_range(y: Image, y_hat: Image, mask: Region = None, half: bool = False) -> Values:
    """Return SSIM with the wider of the two images' own ranges in place of a fixed one.

    With `half`, images and windowed means are rounded to half precision as in the authors' code. That hides faint
    errors: a background off by 0.005 costs 0.13 in single precision and 0.0015 in half. It is NaN where the range is
    below about 0.75: C1 C2 is then 0 in half precision, and so is what a black background is divided by.
    """
    truth, prediction, region = as_pair(y, y_hat, mask)
    xp = array_namespace(truth)
    own = xp.maximum(spread_inside(truth, region), spread_inside(prediction, region))[:, None, None]
    if half:
        truth, prediction, rounded = (xp.astype(a, xp.float16) for a in (truth, prediction, own))
        own = xp.astype(rounded, own.dtype)
    similarity, _ = similarity_of(local_moments(truth, prediction, region), own)
    return mean_inside(similarity, window_centres(region, TAPS // 2))


def ssim_in_half_precision(y: Image, y_hat: Image, mask: Region = None) -> Values:
    """Return `ssim_over_own_range` in half precision, as the authors ran it."""
    return ssim_over_own_range(y, y_hat, mask, half=True)
