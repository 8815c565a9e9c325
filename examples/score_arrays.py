"""Score any two arrays inside the breast, beside the simplest guess there is.

A made-up DES with one bright lesion; the "prediction" is the same image blurred, which loses half of the lesion.
"""

import numpy as np
from scipy import ndimage

from vcem.metrics.error import mse, psnr
from vcem.metrics.lesion import measure_lesions
from vcem.metrics.ssim import ssim
from vcem.metrics.vif import vif


def main():
    rows, columns = np.mgrid[:128, :128]
    breast = np.hypot(rows - 64, columns) < 58
    lesion = (np.hypot(rows - 50, columns - 25) < 5).astype(np.uint8)
    rng = np.random.default_rng(0)
    y = np.where(breast, np.clip(0.25 + 0.3 * lesion + rng.normal(0, 0.03, breast.shape), 0, 1), 0).astype(np.float32)
    y_hat = np.where(breast, ndimage.gaussian_filter(y, 4), 0).astype(np.float32)
    mean = np.where(breast, y[breast].mean(), 0).astype(np.float32)

    print(f"{'':12}{'MSE':>10}{'PSNR':>8}{'SSIM':>8}{'VIF':>8}   lesion contrast")
    for name, image in (("blurred", y_hat), ("mask x mean", mean)):
        values = [float(metric(y, image, breast)[0]) for metric in (mse, psnr, ssim, vif)]
        [found] = measure_lesions(y, image, breast, lesion)
        shown = f"{found.contrast_pred:.3f} of {found.contrast_truth:.3f}"
        print(f"{name:12}{values[0]:10.5f}{values[1]:8.2f}{values[2]:8.3f}{values[3]:8.3f}   {shown}")


if __name__ == "__main__":
    main()
