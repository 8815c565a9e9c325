"""When an image was taken, as exactly as its header tells (PS3.5 6.2: DA, TM, DT)."""

import re
from datetime import datetime

# YYYYMMDD or the older YYYY.MM.DD, then HH, HHMM, HHMMSS or HHMMSS.F, the older ones with colons between
_MOMENT = re.compile(
    r"(\d{4})\.?(\d{2})\.?(\d{2})(?P<hour>\d{2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:\.\d{1,6})?)?)?([+-]\d{4})?"
)


def time_of(text: str) -> tuple[datetime | None, float]:
    """Return the earliest time that a date and time can mean, and how many seconds later it may have been.

    Time zones are passed over: they are one in a study.
    """
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        return None, 0.0
    date, clock = found.group(1, 2, 3), found.group("hour", "minute", "second")
    within = 3599.0 if clock[1] is None else 59.0 if clock[2] is None else 0.0
    seconds = min(int(clock[2] or 0), 59)  # 60 is a leap second
    try:
        day = datetime(*map(int, date))  # type: ignore[arg-type]
        moment = day.replace(hour=int(clock[0]), minute=int(clock[1] or 0), second=seconds)
    except ValueError:
        return None, 0.0
    return moment, within
