import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.prepare.stretch import Stretch, read_window


def test_values_are_clipped_to_the_window():
    np.testing.assert_array_equal(
        Stretch(2105, 380).do(np.array([[0.0, 1914, 2105, 4095]])), [[1915, 1915, 2105, 2295]]
    )


def test_a_window_is_read_and_none_is_none():
    assert read_window("2105/380") == Stretch(2105, 380)
    assert read_window("") is None


@pytest.mark.parametrize("text", ["2105", "a/b", "2105/0", "2105/-3"])
def test_an_impossible_window_is_refused(text):
    with pytest.raises(UsageError, match="Window"):
        read_window(text)
