from datetime import UTC, datetime, timedelta

import pytest

from vcem.core.errors import UsageError
from vcem.study.web.access import IDLE, LINK_LIFE, Access, Brake, same, to_invite

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def access(tmp_path):
    opened = Access(tmp_path)
    yield opened
    opened.close()


def test_a_link_works_once(access):
    secret = access.issue("Rossi", NOW)
    assert access.holds(secret, NOW)
    assert access.session(access.enter(secret, NOW), NOW).reader == "Rossi"
    assert not access.holds(secret, NOW)
    assert access.enter(secret, NOW) is None


def test_links_end_with_time_and_with_a_new_one(access):
    first = access.issue("Rossi", NOW)
    assert access.enter(first, NOW + LINK_LIFE) is None
    second = access.issue("Rossi", NOW)
    assert not access.holds(first, NOW)
    assert access.holds(second, NOW)
    assert access.enter("guess", NOW) is None


def test_a_session_lives_while_it_is_used(access):
    session = access.enter(access.issue("Rossi", NOW), NOW)
    for hours in (3, 6, 9):
        assert access.session(session, NOW + timedelta(hours=hours))
    assert access.session(session, NOW + timedelta(hours=9) + IDLE) is None
    assert access.session("guess", NOW) is None


def test_secrets_are_not_in_the_file(access, tmp_path):
    secret = access.issue("Rossi", NOW)
    session = access.enter(secret, NOW)
    access.note_display(access.session(session, NOW), "office")
    stored = b"".join(p.read_bytes() for p in tmp_path.glob("access.sqlite*"))
    assert secret.encode() not in stored
    assert session.encode() not in stored


def test_the_brake_stops_one_address_for_a_minute():
    brake = Brake(most=3)
    for _ in range(3):
        assert not brake.stops("a", NOW)
        brake.failed("a", NOW)
    assert brake.stops("a", NOW)
    assert not brake.stops("b", NOW)
    assert not brake.stops("a", NOW + timedelta(seconds=61))


def test_who_is_invited(access):
    assert to_invite(("Rossi", "Bianchi"), access, ()) == ["Rossi", "Bianchi"]
    access.issue("Rossi", NOW)
    assert to_invite(("Rossi", "Bianchi"), access, ()) == ["Bianchi"]
    assert to_invite(("Rossi", "Bianchi"), access, ("Rossi",)) == ["Rossi", "Bianchi"]
    with pytest.raises(UsageError, match="Verdi is not a reader"):
        to_invite(("Rossi",), access, ("Verdi",))


def test_secrets_compare():
    assert same("a", "a")
    assert not same("a", "b")
