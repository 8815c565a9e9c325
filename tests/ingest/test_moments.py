from datetime import datetime

import pytest

from vcem.ingest.moments import time_of


@pytest.mark.parametrize(("text", "clock", "within"), [
    ("20240305101112", (10, 11, 12), 0),
    ("20240305101112.123456", (10, 11, 12), 0), ("2024030510:11:12", (10, 11, 12), 0),
    ("2024.03.05101112", (10, 11, 12), 0), ("20240305101112.5+0100", (10, 11, 12), 0),
    ("20240305235960", (23, 59, 59), 0),
    ("202403051011", (10, 11, 0), 59), ("2024030510:11", (10, 11, 0), 59), ("2024030510", (10, 0, 0), 3599),
])  # fmt: skip
def test_a_time_is_as_exact_as_it_is_written(text, clock, within):
    assert time_of(text) == (datetime(2024, 3, 5, *clock), within)


@pytest.mark.parametrize("text", ["", "20240305", "101112", "20241305101112", "20240305991112", "20240305noon", "x"])
def test_what_is_no_time_is_not_known(text):
    assert time_of(text) == (None, 0)
