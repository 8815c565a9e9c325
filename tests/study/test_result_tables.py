from math import nan

import pytest

from vcem.stats.intervals import Interval
from vcem.stats.proportions import Share, wilson
from vcem.study.result_tables import honest, number, p_value, percent, shares

NONE = Interval(0.25, nan, nan)


def test_shares_and_numbers_as_text():
    assert percent(Interval(0.154, 0.02, 0.45)) == "15.4 % (2.0 to 45.0)"
    assert percent(NONE) == "25.0 %"
    assert percent(Interval(nan, nan, nan)) == number(Interval(nan, nan, nan)) == "–"
    assert number(Interval(0.5, -0.1, 0.9)) == "0.50 (-0.10 to 0.90)"
    assert number(NONE, 1) == "0.2"


@pytest.mark.parametrize(("p", "text"), [(0.0004, "< 0.001"), (0.0312, "0.031"), (nan, "–")])
def test_p_values_as_text(p, text):
    assert p_value(p) == text


def test_few_patients_get_the_interval_of_wilson():
    few = Share(1, 4, wilson(1, 4), NONE)
    assert honest(few) == few.wilson
    many = Share(1, 4, wilson(1, 4), Interval(0.25, 0.1, 0.6))
    assert honest(many) == many.by_patient
    assert shares(few)[0] == "1 of 4"
