from datetime import UTC, datetime, timedelta

from vcem.study.web.clock import steady_clock

START = datetime(2026, 3, 1, tzinfo=UTC)


def test_it_starts_at_the_machines_time_and_then_only_counts():
    wall, ticks = [START], [100.0]
    clock = steady_clock(lambda: wall[0], lambda: ticks[0])
    assert clock() == START
    wall[0] += timedelta(days=28)  # somebody turns the clock of the machine
    ticks[0] += 60
    assert clock() == START + timedelta(minutes=1)


def test_of_itself_it_tells_the_time():
    clock = steady_clock()
    first = clock()
    assert abs(first - datetime.now(UTC)) < timedelta(seconds=1)
    assert clock() >= first
