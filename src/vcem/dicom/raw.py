"""A raw exposure of a mammogram: Digital Mammography X-Ray Image - For Processing, linear in the detector's signal.

The signal is stored in proportion to the radiation, or mirrored (Pixel Intensity Relationship LIN and its sign, PS3.3
C.8.11.3.1.2). No attribute of the standard says what the open field gives: a Real World Value Mapping labelled
OPEN_FIELD_SHARE may, as `vcem simulate --raw` writes it; otherwise it is the level of the air in the image.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32
from pydicom.dataset import Dataset

from vcem.core.errors import FailureError
from vcem.core.terms import Side
from vcem.dicom.damage import header_of, told, whole_of
from vcem.dicom.header import Exposure
from vcem.dicom.orientation import Turn, directions_of, turn_of
from vcem.dicom.stored_values import layout_of, stored_values
from vcem.dicom.texts import items, text
from vcem.dicom.write import MATERIALS, OPEN_FIELD_SHARE

Signal = Float32[np.ndarray, "h w"]
THICKNESS_MM = (10.0, 120.0)  # of a compressed breast
AIR_PERCENTILE, AIR_SHARE = 99.0, 0.9  # the air is what comes near the brightest pixels
# filters of these tubes where the header names the metal and not its thickness
USUAL_MM = {("Rh", "Ag"): 0.03, ("Rh", "Cu"): 0.25, ("Mo", "Mo"): 0.03}
_SYMBOLS = {name: symbol for symbol, name in MATERIALS.items()} | {"TUNGSTEN": "W", "ALUMINIUM": "Al"}


@dataclass(frozen=True)
class Technique:
    """How one exposure was made: its beam, the paddle's height, and whether the filter's thickness is the usual one."""

    exposure: Exposure
    thickness_mm: float
    assumed_filter: bool


@dataclass(frozen=True)
class Raw:
    """A signal relative to the open field, laid as all images are, and how it was turned for that.

    `open_field` is its stored value; `from_air` if it is the level of the air, `saturated` if that is the highest value
    of the stored bits, so that the true one is not known.
    """

    signal: Signal
    turn: Turn
    open_field: float
    from_air: bool
    saturated: bool


def technique_of(path: Path) -> Technique:
    """Read how an exposure was made.

    Raises:
        FailureError: if the header does not tell, or is damaged.
    """
    dataset = header_of(path)
    with told(path):
        kvp, thickness = (_number(dataset, keyword, path) for keyword in ("KVP", "BodyPartThickness"))
        anode, metal = (_metal(dataset, keyword, path) for keyword in ("AnodeTargetMaterial", "FilterMaterial"))
        given = [float(t) for k in ("FilterThicknessMinimum", "FilterThicknessMaximum") if (t := text(dataset, k))]
    if not THICKNESS_MM[0] <= thickness <= THICKNESS_MM[1]:
        raise FailureError(f"{path}: a compressed breast of {thickness:g} mm is impossible.",
                           f"Body Part Thickness of {THICKNESS_MM[0]:g} to {THICKNESS_MM[1]:g} mm")  # fmt: skip
    usual = USUAL_MM.get((anode, metal))
    if not given and usual is None:
        raise FailureError(f"{path} does not say how thick its {metal} filter is.", "Filter Thickness Minimum in mm")
    filter_mm = sum(given) / len(given) if given else usual or 0.0
    return Technique(Exposure(kvp, anode, metal, filter_mm), thickness, not given)


def read_raw(path: Path, side: Side) -> Raw:
    """Read the signal of one exposure.

    Raises:
        FailureError: if it is damaged, not linear, or holds no radiation.
    """
    with told(path, "cannot be read as a raw exposure"):
        dataset = whole_of(path)
        if why := not_linear(dataset):
            raise FailureError(f"{path}: {why}.", "raw values in proportion to the radiation, LIN with its sign")
        turn = turn_of(directions_of(dataset), side)
        top = layout_of(dataset).ends[1]
        stored = stored_values(dataset).astype(np.float32)
        if text(dataset, "PixelIntensityRelationshipSign") == "-1":
            stored = top - stored
        known = _open_field(dataset)
    level = known or _air(stored)
    if level <= 0:
        raise FailureError(f"{path} holds no radiation: its air is {level:g}.", "values that grow with the radiation")
    signal = np.ascontiguousarray(turn.do(stored / np.float32(level)))
    return Raw(signal, turn, level, known is None, known is None and level >= top)


def not_linear(dataset: Dataset) -> str:
    """Return why stored values do not grow as the radiation, empty if they do."""
    relation = text(dataset, "PixelIntensityRelationship")
    sign = text(dataset, "PixelIntensityRelationshipSign")
    if relation != "LIN":
        return f"Pixel Intensity Relationship is {relation or 'not given'}, not LIN"
    return "" if sign in ("1", "-1") else f"Pixel Intensity Relationship Sign is {sign or 'not given'}, not 1 or -1"


def _open_field(dataset: Dataset) -> float | None:
    for item in items(dataset, "RealWorldValueMappingSequence"):
        slope = float(item.get("RealWorldValueSlope") or 0)
        if text(item, "LUTLabel") == OPEN_FIELD_SHARE and slope > 0:
            return 1 / slope
    return None


def _air(stored: Signal) -> float:
    bright = float(np.percentile(stored, AIR_PERCENTILE))
    return float(np.median(stored[stored >= AIR_SHARE * bright]))


def _number(dataset: Dataset, keyword: str, path: Path) -> float:
    given = text(dataset, keyword)
    if not given:
        raise FailureError(f"{path} does not give {keyword}.", "the header of an exposure, with kVp and thickness")
    return float(given)


def _metal(dataset: Dataset, keyword: str, path: Path) -> str:
    given = text(dataset, keyword)
    if given.upper() not in _SYMBOLS:
        raise FailureError(f"{path}: {keyword} is {given or 'not given'}.", f"one of {', '.join(_SYMBOLS)}")
    return _SYMBOLS[given.upper()]
