"""Lesion outlines out of mask pictures: the rim of every connected bright region."""

from pathlib import Path

import numpy as np
from skimage.measure import find_contours, label

from vcem.core.errors import FailureError
from vcem.core.pictures import full_scale, read_picture
from vcem.ingest.outlines import Region


def read_mask(path: Path, width: int, height: int) -> list[Region]:
    """Return the outer rim of each region of a mask, as polygons in pixels of the given image.

    Args:
        path: the mask picture; a pixel above half of full scale belongs to a lesion.
        width: columns that the image has.
        height: rows that the image has.

    Raises:
        FailureError: if the mask cannot be read or has another size than the image.
    """
    pixels = read_picture(path)
    if pixels.shape != (height, width):
        raise FailureError(
            f"Mask {path} has {pixels.shape[1]} x {pixels.shape[0]} pixels.",
            f"{width} x {height}, the size of its image",
        )
    regions, count = label(pixels > full_scale(pixels) / 2, return_num=True, connectivity=2)
    return [_rim(regions == number) for number in range(1, count + 1)]


def _rim(region: np.ndarray) -> Region:
    rims = find_contours(np.pad(region, 1).astype(float), 0.5)
    outer = max(rims, key=len) - 1  # a hole's rim is shorter; the pad let regions at the image's edge close
    return Region("polygon", tuple((float(x), float(y)) for y, x in outer[:-1]))
