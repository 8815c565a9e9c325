import math

import pytest

from vcem.simulate.card import Row


@pytest.mark.parametrize(("found", "passes"), [(0.5, True), (0.4, True), (0.6, True), (0.39, False), (0.61, False)])
def test_a_row_passes_between_its_bounds_both_included(found, passes):
    assert Row("x", found, 0.4, 0.6, "", "").passes is passes


def test_what_is_not_a_number_does_not_pass():
    assert not Row("x", math.nan, 0.0, 1.0, "", "").passes
