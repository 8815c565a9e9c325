import numpy as np
import pytest
from pydicom.dataset import Dataset

from vcem.core.terms import Side, View
from vcem.dicom.orientation import Turn, contradiction, directions_of, turn_of, whole
from vcem.dicom.write import ORIENTATION

UPRIGHT = np.arange(6).reshape(2, 3)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("view", View)
def test_every_way_an_image_can_lie_is_brought_back(side, view):
    """Where an image is flipped or transposed, its directions follow by the rules of the standard."""
    rows, columns = ORIENTATION[side, view]
    opposite = str.maketrans("APLRHF", "PARLFH")
    ways = {
        (rows, columns): UPRIGHT,
        (rows.translate(opposite), columns): UPRIGHT[:, ::-1],
        (rows, columns.translate(opposite)): UPRIGHT[::-1],
        (rows.translate(opposite), columns.translate(opposite)): UPRIGHT[::-1, ::-1],
        (columns, rows): UPRIGHT.T,
        (columns.translate(opposite), rows): UPRIGHT[::-1].T,
        (columns, rows.translate(opposite)): UPRIGHT[:, ::-1].T,
    }
    for directions, image in ways.items():
        turn = turn_of(directions, side)
        assert np.array_equal(turn.do(image), UPRIGHT), directions
        assert np.array_equal(turn.undo(UPRIGHT), image), directions
    assert turn_of((rows, columns), side) == Turn()


def test_what_is_not_told_is_not_turned():
    assert turn_of((), Side.LEFT) == turn_of(("A", ""), Side.LEFT) == Turn()
    assert turn_of(("P", ""), Side.LEFT) == Turn(mirrored=True)
    assert not whole(("A", ""))
    assert whole(("A", "R"))
    view = Dataset()
    view.PatientOrientation = "CC"  # as CBIS-DDSM has it
    assert directions_of(view) == directions_of(Dataset()) == ()
    view.PatientOrientation = ["A", "R"]
    assert directions_of(view) == ("A", "R")


@pytest.mark.parametrize("directions", [
    ("A", "FL"), ("A", "HR"), ("A", "P"), ("R", "F"), ("X", "R"), ("A", "LR"), ("A", "R", "F"), ("", "R"),
])  # fmt: skip
def test_directions_that_contradict_themselves_or_the_side_are_refused(directions):
    assert "\\".join(directions) in contradiction(directions, Side.LEFT)
    assert contradiction(("A", "FR"), Side.LEFT) == ""
