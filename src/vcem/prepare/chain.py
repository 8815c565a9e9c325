"""The steps in their order, as plain records, and the way back to the native grid."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import prod
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from vcem.core.arrays import Grey, Regridded
from vcem.core.grid import Size
from vcem.core.terms import Side
from vcem.prepare.crop import Crop
from vcem.prepare.pad import Pad
from vcem.prepare.resize import Resize
from vcem.prepare.scale import Scale
from vcem.prepare.square import Square
from vcem.prepare.stretch import Stretch


@runtime_checkable
class Step(Protocol):
    """One step of preparation: a frozen record that knows how to do and undo itself."""

    def do(self, grey: Grey) -> Regridded:
        """Apply the step."""
        ...

    def undo(self, grey: Grey) -> Regridded:
        """Take the step back, as far as it can be."""
        ...


STEPS: dict[str, Any] = {
    "square": Square, "stretch": Stretch, "scale": Scale, "crop": Crop, "resize": Resize, "pad": Pad,
}  # fmt: skip
Geometry = Square | Crop | Resize | Pad


def do(steps: Sequence[Step], grey: Grey) -> Regridded:
    """Apply the steps in order."""
    for step in steps:
        grey = step.do(grey)
    return grey


def to_json(steps: Sequence[Step]) -> str:
    """Write the steps as one line of JSON."""
    return json.dumps([{"step": type(s).__name__.lower(), **asdict(s)} for s in steps])  # type: ignore[call-overload]  # every step is a dataclass


def from_json(text: str) -> list[Step]:
    """Read the steps of `to_json`."""
    return [_step(dict(record)) for record in json.loads(text)]


def _step(record: dict[str, Any]) -> Step:
    cls = STEPS[record.pop("step")]
    if "side" in record:
        record["side"] = Side(record["side"])
    step: Step = cls(**{name: Size(*v) if isinstance(v, list) else v for name, v in record.items()})
    return step


def undo(grey: Grey, chain_json: str) -> Regridded:
    """Bring a prepared image, such as a prediction, back to the rows and columns of the given LE image.

    Only geometry is undone: grey stays in [0, 1].
    """
    for step in reversed(from_json(chain_json)):
        if isinstance(step, Geometry):
            grey = step.undo(grey)
    return np.clip(grey, 0, 1)


def again(grey: Grey, chain_json: str) -> Regridded:
    """Bring an image on the rows and columns of the given LE image onto the prepared grid, as `undo` brings it back."""
    return do([step for step in from_json(chain_json) if isinstance(step, Geometry)], grey)


def given_per_pixel(chain_json: str) -> float:
    """Return how many pixels of the given image one pixel of the prepared grid covers, along a side."""
    return prod(step.per_pixel for step in from_json(chain_json) if isinstance(step, Resize))


def place(points: Float[np.ndarray, "n 2"], steps: Sequence[Step]) -> Float[np.ndarray, "n 2"]:
    """Map (x, y) points of the given image, pixel centres at whole numbers, to the prepared grid."""
    for step in steps:
        if isinstance(step, Square | Pad):
            points = points + np.array([step.left, 0])
        elif isinstance(step, Crop | Resize):
            points = step.place(points)
    return points
