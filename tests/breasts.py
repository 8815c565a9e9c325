"""Half-disc breasts of smooth texture on black, with a lesion, and imperfect predictions of them."""

import numpy as np
from scipy import ndimage

from vcem.core.seeds import rng_for


def breasts(n=2, size=64, seed=0, noise=0.05):
    """Return y, y_hat (float32) and mask, each n h w."""
    v, u = np.mgrid[:size, :size] / size
    mask = np.broadcast_to(np.hypot(u, v - 0.5) < 0.42, (n, size, size)).copy()
    rng = rng_for(seed, "breasts", size)
    texture = ndimage.gaussian_filter(rng.normal(size=mask.shape), (0, 1.5, 1.5)) * 3
    y = np.clip(mask * (0.4 + 0.08 * texture), 0, 1).astype(np.float32)
    y_hat = np.clip(0.9 * y + mask * rng.normal(0, noise, mask.shape), 0, 1).astype(np.float32)
    return y, y_hat, mask


def scene(size=128, contrast=0.2):
    """Return the truth, mask and labels of one breast with one round lesion of that contrast."""
    v, u = np.mgrid[:size, :size]
    mask = np.hypot(u, v - size / 2) < 0.45 * size
    lesion = np.hypot(u - 0.2 * size, v - 0.5 * size) < 0.06 * size
    texture = ndimage.gaussian_filter(rng_for(0, "scene", size).normal(size=mask.shape), 1.5) * 0.05
    y = mask * (0.25 + texture + contrast * lesion)
    return y.astype(np.float32), mask, lesion.astype(np.uint8)


def blob(size, row, column, radius):
    """Return a disc as booleans."""
    v, u = np.mgrid[:size, :size]
    return np.hypot(u - column, v - row) < radius
