"""Errors grey level by grey level: MSE, PSNR."""

import torch

from vcem.metrics.batch import Image, Region, Values, as_pair, mean_inside


def mse(y: Image, y_hat: Image, mask: Region = None) -> Values:
    """Return the mean squared error, mean((y - y_hat)²), over the mask or the whole image.

    From 0, identical, upwards; in squared grey values.
    """
    truth, prediction, region = as_pair(y, y_hat, mask)
    return mean_inside((truth - prediction).square(), region)


def psnr(y: Image, y_hat: Image, mask: Region = None, data_range: float | Values = 1.0) -> Values:
    """Return the peak signal-to-noise ratio, 10 log10(data_range² / MSE), in dB.

    `data_range` belongs to the grey scale and not to an image: a range read from the truth's own maximum changes from
    image to image (see `vcem.metrics.paper` for that variant). Identical images give infinity.
    """
    peak = torch.as_tensor(data_range, dtype=torch.float64)
    return 10 * torch.log10(peak.square() / mse(y, y_hat, mask))
