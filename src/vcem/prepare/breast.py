"""The breast in an LE image: the only mask that is known where no DES exists."""

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
    labels, count = ndimage.label(~_air(dark if side is Side.LEFT else dark[:, ::-1], side))
    if count == 0:
        raise FailureError("No breast was found: the image is black.", "an LE image with the breast brighter than air")
    largest = 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    mask = ndimage.binary_fill_holes(labels == largest)
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
