"""The server's clock: set once when it starts, then counted on, so that nobody shortens a washout by turning it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def steady_clock(
    wall: Callable[[], datetime] = lambda: datetime.now(UTC), ticks: Callable[[], float] | None = None
) -> Callable[[], datetime]:
    """Return a clock in UTC that starts at the machine's time and never jumps; it counts while the machine sleeps."""
    tick = ticks or _ticks
    began, first = wall(), tick()
    return lambda: began + timedelta(seconds=tick() - first)


def _ticks() -> float:
    """Return seconds since the machine started; only Linux has a clock that counts its sleep."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
