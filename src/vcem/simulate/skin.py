"""Where the breast lies in a raw exposure, and how far inside each pixel is, finer than a pixel.

The skin line is the curve on which the signal falls below that of the air. Distances are to that curve: a distance
transform of pixels would draw spokes along the rolled edge.
"""

import numpy as np
from jaxtyping import Float32
from scipy import ndimage
from skimage.measure import find_contours

from vcem.core.arrays import Mask
from vcem.core.errors import FailureError
from vcem.simulate.grid import Grid
from vcem.simulate.outline import STEP_MM, Points, distance_to, evenly
from vcem.simulate.recombine import LEAST_SIGNAL
from vcem.simulate.scene import Millimetres

Signal = Float32[np.ndarray, "h w"]
BREAST_LEVEL = 0.85  # of the open field: a millimetre or two of tissue; scatter beside the breast lies above 1
SMOOTH_MM = 0.2  # against noise
LINE_LEVEL = 0.9  # of -ln LE: half a millimetre to a millimetre inside the skin line
LINE_MM = 1.5  # standard deviation along the line: skin has no finer waves, the pixels of an image do
RIM_MM = 4.0  # where the line is looked for
_ENDS = 40  # points that the line goes on beyond its ends, so that smoothing leaves these in place
LEAST_MM2 = 400.0  # no compressed breast covers less
NO_BREAST = "a breast at the chest wall's edge, air around it, in values that grow with the radiation"


def find_breast(le: Signal, spacing_mm: float) -> tuple[Mask, Millimetres]:
    """Return where the breast is and the distance to its skin line in mm, 0 outside.

    The thickness of a round edge grows as the root of the distance, so (ln LE)^2 is nearly straight between two pixels,
    and a curve of one level of it is exact to a small part of a pixel. The skin line is that curve, moved out.

    Args:
        le: LE signal relative to the open field, the chest wall at column 0.
        spacing_mm: side of a pixel.

    Raises:
        FailureError: if no breast lies at the chest wall.
    """
    smooth = ndimage.gaussian_filter(le, SMOOTH_MM / spacing_mm)
    region = _largest(smooth < BREAST_LEVEL, spacing_mm)
    squared = np.square(np.log(np.clip(smooth, LEAST_SIGNAL, 1)))
    away = max(2, round(RIM_MM / spacing_mm))
    inner = ndimage.distance_transform_edt(np.pad(region, ((1, 1), (1, 0)), mode="edge"))[1:-1, 1:] > away
    squared = np.where(inner, np.float32(4 * LINE_LEVEL**2), np.where(_grown(region), squared, 0))
    depth = distance_to(_line(squared, spacing_mm), Grid(le.shape[0], le.shape[1], spacing_mm))
    outermost = region & ~ndimage.binary_erosion(region, border_value=1)
    distance = depth - np.float32(np.median(depth[outermost]) - spacing_mm / 2)
    breast = _grown(region) & (distance > 0)
    return breast, np.where(breast, distance, 0).astype(np.float32)


def _grown(region: Mask) -> Mask:
    return np.asarray(ndimage.binary_dilation(region, iterations=2), dtype=np.bool_)


def _largest(dark: Mask, spacing_mm: float) -> Mask:
    """Return the largest dark region, without holes, which must lie at the chest wall."""
    labels, count = ndimage.label(dark)
    sizes = np.bincount(labels.ravel(), minlength=2)[1:]
    if not count or sizes.max() * spacing_mm**2 < LEAST_MM2:
        raise FailureError("No breast is found in LE.", NO_BREAST)
    breast: Mask = labels == int(sizes.argmax()) + 1
    if breast[:, 0].sum() <= breast[:, -1].sum():
        raise FailureError("The breast lies at the other edge than that of its side, or fills the image.", NO_BREAST,
                           "see Image Laterality and Patient Orientation")  # fmt: skip
    return np.asarray(ndimage.binary_fill_holes(breast), dtype=np.bool_)


def _line(squared: Signal, spacing_mm: float) -> Points:
    """Return the longest curve of the level as (x, y) in mm, from top to bottom, smoothed along its way."""
    curves = find_contours(squared, LINE_LEVEL**2)
    if not curves:
        raise FailureError("The breast fills the image: there is no skin line.", NO_BREAST)
    longest = max(curves, key=len)
    if longest[0, 0] > longest[-1, 0]:
        longest = longest[::-1]
    points = evenly((longest[:, ::-1] + 0.5) * spacing_mm)
    ends = np.pad(points, ((_ENDS, _ENDS), (0, 0)), mode="reflect", reflect_type="odd")
    return evenly(ndimage.gaussian_filter1d(ends, LINE_MM / STEP_MM, axis=0)[_ENDS:-_ENDS])
