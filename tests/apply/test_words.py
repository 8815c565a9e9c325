import numpy as np
import pytest

from vcem.apply.words import with_words
from vcem.core.terms import Side


@pytest.mark.parametrize("shape", [(120, 80), (2850, 2396)])
@pytest.mark.parametrize("side", Side)
def test_words_stand_in_the_air_and_change_nothing_else(shape, side):
    grey = np.full(shape, 0.25, np.float32)
    made = with_words(grey, "research only: this model never saw a patient", side)
    changed = np.argwhere(made != 0.25)
    assert (made[made != 0.25] == 1).all()
    assert 0.001 < len(changed) / grey.size < 0.1
    from_the_wall = changed[:, 1] if side is Side.LEFT else shape[1] - 1 - changed[:, 1]
    assert from_the_wall.min() > shape[1] / 8
    assert changed[:, 0].max() < shape[0] / 2


def test_other_words_are_other_pixels():
    grey = np.zeros((200, 100), np.float32)
    assert (with_words(grey, "one word", Side.LEFT) != with_words(grey, "two words", Side.LEFT)).any()
