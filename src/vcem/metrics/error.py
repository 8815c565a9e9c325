"""Errors grey level by grey level: MSE, PSNR."""

from array_api_compat import array_namespace

from vcem.metrics.batch import Image, Region, Values, as_pair, mean_inside, undefined


def mse(y: Image, y_hat: Image, mask: Region = None) -> Values:
    """Return the mean squared error, mean((y - y_hat)²), over the mask or the whole image.

    From 0, identical, upwards; in squared grey values.
    """
    truth, prediction, region = as_pair(y, y_hat, mask)
    return mean_inside((truth - prediction) ** 2, region)


@undefined
def psnr(y: Image, y_hat: Image, mask: Region = None, data_range: float | Values = 1.0) -> Values:
    """Return the peak signal-to-noise ratio, 10 log10(data_range² / MSE), in dB.

    `data_range` belongs to the grey scale and not to an image: a range read from the truth's own maximum changes from
    image to image (see `vcem.metrics.paper` for that variant). Identical images give infinity.
    """
    errors = mse(y, y_hat, mask)
    return 10 * array_namespace(errors).log10(data_range**2 / errors)
