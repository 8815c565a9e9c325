"""Dates moved by whole days, and ages told before that (PS3.5 6.2: DA, DT, AS)."""

import re
from datetime import date, timedelta

OLDEST_YEARS = 89  # older ones are few enough to be found (45 CFR 164.514(b)(2)(i)(C))
CAPPED = "090Y"
TIME = r"(?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d(?:\.\d{1,6})?)?)?"
_MOMENT = re.compile(rf"\d{{8}}(?:{TIME})?(?:[+-](?:0\d|1[0-4])[0-5]\d)?")
_AGE = re.compile(r"(\d{3})([DWMY])")
_YEARS = {"D": 365.25, "W": 365.25 / 7, "M": 12.0, "Y": 1.0}  # of each in a year


def moved_back(value: str, days: int) -> str:
    """Move a DA or DT back; its time of day stays. What holds no whole date becomes empty."""
    value = value.strip()
    if not _MOMENT.fullmatch(value):
        return ""
    try:
        moved = _date(value) - timedelta(days)
    except (ValueError, OverflowError):
        return ""
    return f"{moved:%Y%m%d}".rjust(8, "0") + value[8:]


def capped_age(age: str, born: str, on: str) -> str:
    """Return the age as three digits and a unit, from both dates if it is not given, 090Y above 89 years."""
    found = _AGE.fullmatch(age.strip())
    if not found:
        return _years_between(born, on)
    count, unit = int(found[1]), found[2]
    return CAPPED if int(count / _YEARS[unit]) > OLDEST_YEARS else found[0]


def _years_between(born: str, on: str) -> str:
    try:
        first, second = _date(born), _date(on)
    except ValueError:
        return ""
    years = second.year - first.year - ((second.month, second.day) < (first.month, first.day))
    if years < 0:
        return ""
    return CAPPED if years > OLDEST_YEARS else f"{years:03d}Y"


def day_of(value: str) -> date | None:
    """Return the day that a DA or DT begins with, None if it is none."""
    try:
        return _date(value)
    except ValueError:
        return None


def _date(value: str) -> date:
    return date(int(value[:4]), int(value[4:6]), int(value[6:8]))
