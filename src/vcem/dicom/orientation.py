"""How an image lies: where its rows and columns run, as Patient Orientation tells (0020,0020; PS3.3 C.7.6.1.1.1).

All images are brought to one orientation: the chest wall of a right breast lies at the right edge, that of a left one
at the left, and the columns run to the feet, in CC to the middle of the body.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from vcem.core.terms import Side
from vcem.dicom.texts import texts

AIR = {Side.LEFT: "A", Side.RIGHT: "P"}  # where the rows of an image run to, of which the chest wall lies at the edge
MEDIAL = {Side.LEFT: "R", Side.RIGHT: "L"}
LATERAL = {Side.LEFT: "L", Side.RIGHT: "R"}
_LETTERS = frozenset("APLRHF")


@dataclass(frozen=True)
class Turn:
    """What brings an image to the one orientation: rows and columns exchanged first, then the two flips."""

    transposed: bool = False
    mirrored: bool = False
    upside_down: bool = False

    def do(self, image: np.ndarray) -> np.ndarray:
        """Turn an array `h w`."""
        laid = image.T if self.transposed else image
        return laid[:: -1 if self.upside_down else 1, :: -1 if self.mirrored else 1]

    def undo(self, image: np.ndarray) -> np.ndarray:
        """Lay an array `h w` as it was before `do`."""
        laid = image[:: -1 if self.upside_down else 1, :: -1 if self.mirrored else 1]
        return laid.T if self.transposed else laid

    def __str__(self) -> str:
        told = ("turned by 90 degrees", self.transposed), ("mirrored", self.mirrored), ("upside down", self.upside_down)
        return " and ".join(word for word, so in told if so)


def directions_of(dataset: Dataset) -> tuple[str, ...]:
    """Return the directions of rows and columns, none where they are not told (one text is a view, in CBIS-DDSM)."""
    found = texts(dataset, "PatientOrientation")
    return tuple(d.upper() for d in found) if len(found) > 1 else ()


def whole(directions: Sequence[str]) -> bool:
    """Return whether both directions are told."""
    return len(directions) == 2 and all(directions)


def turn_of(directions: Sequence[str], side: Side) -> Turn:
    """Return what brings an image of this side to the one orientation: nothing where no direction is told.

    Raises:
        ValueError: if the directions contradict themselves or the side.
    """
    if not any(directions):
        return Turn()
    told = "\\".join(directions)
    axes = [d[:1] in ("A", "P") for d in directions]
    if len(directions) != 2 or not set("".join(directions)) <= _LETTERS or axes.count(True) != 1:
        raise ValueError(f"Patient Orientation {told} is not one of a mammogram")
    across = axes.index(True)
    down = set(directions[1 - across])
    votes = {letter in ("F", MEDIAL[side]) for letter in down & {"F", "H", MEDIAL[side], LATERAL[side]}}
    if len(votes) > 1 or (down and not votes):
        raise ValueError(f"Patient Orientation {told} is not one of a breast of side {side}")
    return Turn(across == 1, directions[across][0] != AIR[side], False in votes)


def contradiction(directions: Sequence[str], side: Side) -> str:
    """Return why the directions cannot be those of this side, empty if they can."""
    try:
        turn_of(directions, side)
    except ValueError as error:
        return str(error)
    return ""
