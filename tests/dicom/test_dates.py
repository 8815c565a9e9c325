from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcem.dicom.dates import capped_age, moved_back

TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))


@given(TIMES, TIMES, st.integers(366, 3652))
def test_intervals_are_kept_to_the_microsecond(first, second, days):
    moved = [read(moved_back(f"{t:%Y%m%d%H%M%S.%f}", days)) for t in (first, second)]
    assert moved[1] - moved[0] == second - first
    assert first - moved[0] == timedelta(days)


@given(TIMES, st.integers(366, 3652))
def test_date_and_date_time_move_together(moment, days):
    assert moved_back(f"{moment:%Y%m%d%H%M}+0100", days) == moved_back(f"{moment:%Y%m%d}", days) + f"{moment:%H%M}+0100"


def read(text):
    return datetime.strptime(text, "%Y%m%d%H%M%S.%f")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2024",
        "202403",
        "20241301",
        "20240230",
        "00010101",
        "20240101-20240201",
        "2024.03.05",
        "SMITH",
        "20240305 x",
    ],
)
def test_what_is_no_whole_date_becomes_empty(value):
    assert moved_back(value, 400) == ""


@pytest.mark.parametrize(
    ("age", "born", "on", "expected"),
    [
        ("058Y", "", "", "058Y"),
        ("089Y", "", "", "089Y"),
        ("090Y", "", "", "090Y"),
        ("091Y", "", "", "090Y"),
        ("100Y", "", "", "090Y"),
        ("999M", "", "", "999M"),
        ("001D", "", "", "001D"),
        ("", "19660305", "20240305", "058Y"),
        ("", "19660306", "20240305", "057Y"),
        ("", "19000101", "20240305", "090Y"),
        ("58", "", "", ""),
        ("SMITH", "x", "y", ""),
        ("", "20250101", "20240305", ""),
    ],
)
def test_age(age, born, on, expected):
    assert capped_age(age, born, on) == expected
