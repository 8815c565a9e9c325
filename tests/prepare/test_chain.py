import numpy as np
import pytest

from vcem.core.terms import Side
from vcem.prepare import chain
from vcem.prepare.resize import Resize
from vcem.prepare.scale import Scale
from vcem.prepare.square import Square
from vcem.prepare.stretch import Stretch

STEPS = [Square(300, 200, Side.RIGHT), Stretch(500, 400), Scale(300, 700), Resize(300, 100, antialias=True)]


def test_steps_survive_json():
    assert chain.from_json(chain.to_json(STEPS)) == STEPS


def test_undo_returns_to_the_rows_and_columns_of_the_given_image():
    rows, columns = np.indices((300, 200))
    smooth = np.sin(rows / 40) * np.cos(columns / 30) * 0.4 + 0.5
    prepared = chain.do([STEPS[0], STEPS[3]], smooth)
    back = chain.undo(prepared, chain.to_json(STEPS))
    assert back.shape == smooth.shape
    assert np.abs(back - smooth)[5:-5, 5:-5].max() < 0.02


def test_a_point_goes_where_its_pixel_goes():
    grey = np.zeros((300, 200))
    grey[148:153, 58:63] = 1
    prepared = chain.do([STEPS[0], STEPS[3]], grey)
    (x, y) = chain.place(np.array([[60.0, 150.0]]), STEPS)[0]
    rows, columns = np.indices(prepared.shape)
    weight = prepared.sum()
    assert (columns * prepared).sum() / weight == pytest.approx(x, abs=0.1)
    assert (rows * prepared).sum() / weight == pytest.approx(y, abs=0.1)
