import numpy as np
import pytest

from vcem.core.errors import FailureError
from vcem.core.image import Mammogram
from vcem.core.terms import Energy, Origin, Side, View


def mammogram(grey, spacing_mm=0.1):
    return Mammogram(grey, Side.LEFT, View.CC, Energy.LE, Origin.SIMULATED, spacing_mm)


def test_a_possible_image_is_taken():
    assert mammogram(np.zeros((8, 8))).side is Side.LEFT


@pytest.mark.parametrize(
    ("grey", "spacing_mm", "told"),
    [
        (np.zeros((4, 100)), 0.1, "no mammogram"),
        (np.full((9, 9), np.nan), 0.1, "not finite"),
        (np.zeros((9, 9)), 0.0, "impossible"),
    ],
)
def test_an_impossible_one_is_refused(grey, spacing_mm, told):
    with pytest.raises(FailureError, match=told):
        mammogram(grey, spacing_mm)
