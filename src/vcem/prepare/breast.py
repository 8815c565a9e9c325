"""The breast in an LE image: the only mask that is known where no DES exists."""

from math import ceil

import numpy as np
from PIL import Image
from scipy import ndimage

from vcem.core.arrays import Grey, Mask, Regridded
from vcem.core.errors import FailureError
from vcem.core.terms import Side

# Air is 0 but for JPEG ringing of up to 8 of 255. Fat can be as dark where a vendor stretched the contrast, but skin
# keeps it apart from air, so air is not only dark: it is connected to the air side of the image.
AIR_BELOW = 10 / 255
LONGEST = 512
GAP_SHARE = 0.008
# Where no skin is seen, dark fat at the edge breaks up into bright strands with bites of air between them. Narrow ones
# are breast, wider ones where they are not as black as air: on the public pairs a mean of 5 of 255 around a pixel, in
# air 0 (95th percentile 1).
NARROW_SHARE, WIDE_SHARE = 0.015, 0.04  # half the width of a bite
BITE_ABOVE = 1.5 / 255
NEAR = 5
SMOOTH_SHARE = 0.004  # rounds off what is left of strands; an edge without them stays where it is
LEAST_SHARE = 0.02
EDGE_SHARE = 0.02  # of the columns are an edge
MORE = 2.0  # times as much tissue at the chest wall as at the other edge: measured in docs/explain/registration.md


def breast_mask(le: Grey, side: Side) -> Mask:
    """Return what is not air in an LE image in [0, 1]: its largest region, holes filled.

    Raises:
        FailureError: if it covers less than 2 % of the image, or the breast lies at the other side's edge.
    """
    if shown_side(le) not in (None, side):
        raise FailureError(wrong_side(side), "its chest wall at the edge of its side",
                           "mend side or orientation in its source")  # fmt: skip
    small = _reduced(np.asarray(le, np.float32))
    dark = small < AIR_BELOW
    mask = _largest(~_air(dark if side is Side.LEFT else dark[:, ::-1], side))
    if not mask.any():
        raise FailureError("No breast was found: the image is black.", "an LE image with the breast brighter than air")
    mask = _without_bites(mask, small)
    if mask.mean() < LEAST_SHARE or (mask & ~dark).mean() < LEAST_SHARE / 2:
        raise FailureError(
            f"No breast was found: the largest bright region covers {mask.mean():.1%} of the image.",
            f"at least {LEAST_SHARE:.0%}",
        )
    return _enlarged(mask, le.shape)


def shown_side(grey: Grey) -> Side | None:
    """Return the side whose edge shows the breast, left or right; None where the picture does not tell."""
    width = max(1, round(EDGE_SHARE * grey.shape[1]))
    left, right = (float((edge >= AIR_BELOW).mean()) for edge in (grey[:, :width], grey[:, -width:]))
    if max(left, right) <= MORE * min(left, right):
        return None
    return Side.LEFT if left > right else Side.RIGHT


def wrong_side(side: Side) -> str:
    """Return the words for a breast that lies at the other side's edge."""
    lies = Side.LEFT if side is Side.RIGHT else Side.RIGHT
    return f"The breast lies at the edge of side {lies}, and its side is {side}: side or orientation is wrong."


def _air(dark: Mask, side: Side) -> Mask:
    """Return the dark that reaches the air side (here at the right) through gaps wider than those in a skin line."""
    reach = max(1.0, GAP_SHARE * max(dark.shape))
    margin = 2 * int(reach) + 2
    wider = np.pad(np.pad(dark, ((margin, margin), (0, 0)), mode="edge"), ((0, 0), (0, margin)), constant_values=True)
    labels, _ = ndimage.label(ndimage.distance_transform_edt(wider) > reach)
    core = labels == labels[margin, -1]
    air = (wider & (ndimage.distance_transform_edt(~core) <= reach + 1))[margin:-margin, :-margin]
    return air if side is Side.LEFT else air[:, ::-1]


def _without_bites(mask: Mask, le: Grey) -> Mask:
    """Close bites that are narrow, or brighter than air, and round off the edge."""
    longest = max(mask.shape)
    margin = 2 * ceil(WIDE_SHARE * longest)  # beyond the image the breast goes on
    inner = (slice(margin, -margin),) * 2
    wide = np.pad(mask, margin, mode="edge")
    narrow, wider = (_closed(wide, share * longest)[inner] for share in (NARROW_SHARE, WIDE_SHARE))
    mended = narrow | (wider & (_around(le, mask) > _air_level(le, mask) + BITE_ABOVE))
    rounded = np.pad(mended, margin, mode="edge").astype(np.float32)
    return _largest(ndimage.gaussian_filter(rounded, SMOOTH_SHARE * longest)[inner] >= 0.5)


def _largest(mask: Mask) -> Mask:
    """Return the largest region of a mask, holes filled; nothing of an empty one."""
    labels, _ = ndimage.label(mask)
    sizes = np.bincount(labels.ravel())[1:]
    return ndimage.binary_fill_holes(labels == 1 + int(np.argmax(sizes))) if sizes.size else mask


def _closed(mask: Mask, reach: float) -> Mask:
    near = ndimage.distance_transform_edt(~mask) <= reach
    closed: Mask = ndimage.distance_transform_edt(near) > reach
    return closed


def _around(le: Grey, mask: Mask) -> Grey:
    """Return the mean grey of the pixels near each one that lie outside the mask."""
    outside = (~mask).astype(np.float32)
    sums, counts = (ndimage.uniform_filter(image, NEAR) for image in (le * outside, outside))
    return sums / np.maximum(counts, 1 / NEAR**2)


def _air_level(le: Grey, mask: Mask) -> float:
    """Return the mean grey of air, well away from the breast."""
    air = le[ndimage.distance_transform_edt(~mask) > WIDE_SHARE * max(mask.shape)]
    return float(air.mean()) if air.size else 0.0


def _reduced(le: Grey) -> Regridded:
    factor = max(le.shape) / LONGEST
    if factor <= 1:
        return le
    size = (round(le.shape[1] / factor), round(le.shape[0] / factor))
    return np.asarray(Image.fromarray(le).resize(size, Image.Resampling.BOX))


def _enlarged(mask: Mask, shape: tuple[int, ...]) -> np.ndarray:
    if mask.shape == shape:
        return mask
    grown = Image.fromarray(mask.astype(np.float32)).resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(grown) >= 0.5
