"""What lies under the paddle in one view: the meeting point of anatomy, physics and truth.

Rows run from the top of the image, columns from its left edge; the chest wall is column 0 of every scene, and the exam
mirrors right breasts when it writes them. Every tissue is given as the adipose and glandular thickness that attenuate
like it (Hammerstein et al. 1979 compositions; two materials span soft tissue at mammographic energies, Johns and Yaffe
1987, Med. Phys. 14:289), so that three thickness maps are the whole input of the physics.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from vcem.core.arrays import Mask
from vcem.core.terms import Side, View

Millimetres = Float32[np.ndarray, "h w"]
IodineMap = Float32[np.ndarray, "h w"]  # mg/cm2 along the ray


@dataclass(frozen=True)
class LesionInView:
    """One lesion as one view shows it; `area` and `iodine` (mg/cm2, this lesion's alone) cover the whole view.

    `kind` is the priors' type ("idc", "cyst", ...), `look` what LE shows of it ("irregular", "circumscribed",
    "calcifications", "asymmetry", "occult"), `pattern` how it takes up iodine. `malignant` is what biopsy would say.
    """

    number: int
    kind: str
    look: str
    pattern: str
    enhancing: bool
    malignant: bool
    size_mm: float
    area: Mask
    iodine: IodineMap


@dataclass(frozen=True)
class Scene:
    """A compressed breast in one view, as path lengths along the ray of each pixel.

    `adipose` and `glandular` are equivalents of all soft tissue, skin, muscle and blood (either may be negative where a
    tissue lies outside their span), `calcium` is hydroxyapatite, `iodine` is blood, background uptake and lesions
    together. `thickness` is the breast's extent along the ray, skin included. `distance` is the way to the skin line
    inside the breast, 0 outside. `paddle_mm` is the compressed thickness that the system reads off.
    """

    side: Side
    view: View
    spacing_mm: float
    paddle_mm: float
    breast: Mask
    distance: Millimetres
    thickness: Millimetres
    adipose: Millimetres
    glandular: Millimetres
    calcium: Millimetres
    iodine: IodineMap
    lesions: tuple[LesionInView, ...]
