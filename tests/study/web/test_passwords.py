from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from vcem.core.errors import UsageError
from vcem.study.web.passwords import Passwords, refuse_weak

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GOOD = "four quiet words here"


class Counted(PasswordHasher):
    """Cheap, and counts how often it works."""

    worked = 0

    def verify(self, hash, password):  # noqa: A002 (the name in argon2)
        self.worked += 1
        return super().verify(hash, password)


@pytest.fixture
def passwords(tmp_path):
    opened = Passwords(tmp_path, Counted(time_cost=1, memory_cost=8, parallelism=1))
    yield opened
    opened.close()


def test_the_right_one_opens_and_no_other(passwords):
    passwords.set("Rossi", GOOD, NOW)
    assert passwords.right("Rossi", GOOD, "a", NOW)
    assert passwords.right("Rossi", GOOD + "!", "a", NOW) is False
    assert passwords.right("Bianchi", GOOD, "a", NOW) is False
    passwords.set("Rossi", "another four words", NOW)
    assert passwords.right("Rossi", GOOD, "a", NOW) is False
    passwords.clear("Rossi")
    assert passwords.right("Rossi", "another four words", "a", NOW) is False
    assert not passwords.has("Rossi")


def test_hashes_only_by_argon2id_are_in_the_file(tmp_path):
    opened = Passwords(tmp_path)
    opened.set("Rossi", GOOD, NOW)
    stored = b"".join(p.read_bytes() for p in tmp_path.glob("access.sqlite*"))
    opened.close()
    assert GOOD.encode() not in stored
    assert b"$argon2id$v=19$m=65536,t=3,p=4$" in stored


@pytest.mark.parametrize("reader", ["Rossi", "Bianchi", "nobody at all"])
def test_whoever_is_asked_for_the_same_work_is_done(passwords, reader):
    passwords.set("Rossi", GOOD, NOW)
    for guess in range(60):
        assert passwords.right(reader, f"wrong {guess}", f"address {guess}", NOW) is False
    assert passwords._hasher.worked == 60
    assert passwords.right(reader, GOOD, "elsewhere", NOW) is None  # known or not, it is stopped alike
    assert passwords._hasher.worked == 60


def test_guessing_is_slowed_and_one_bad_address_does_not_stop_a_ward(passwords):
    passwords.set("Rossi", GOOD, NOW)
    passwords.set("Bianchi", GOOD, NOW)
    for n in range(10):
        passwords.right("Rossi", "guess", "ward", NOW)
        passwords.right(f"name {n}", "guess", "ward", NOW)
    assert passwords.right("Rossi", GOOD, "ward", NOW) is None
    assert passwords.right("Bianchi", GOOD, "ward", NOW)
    assert passwords.right("Rossi", GOOD, "elsewhere", NOW)
    assert passwords.right("Rossi", GOOD, "ward", NOW, browser="known")
    assert passwords.right("Rossi", GOOD, "ward", NOW + timedelta(minutes=16))


def test_a_flood_from_one_address_or_at_one_name_stops_but_for_browsers_that_were_in_before(passwords):
    passwords.set("Rossi", GOOD, NOW)
    for n in range(100):
        passwords.right(f"name {n}", "guess", "ward", NOW)
    assert passwords.right("Rossi", GOOD, "ward", NOW) is None
    assert passwords.right("Rossi", GOOD, "ward", NOW + timedelta(seconds=61))
    for n in range(60):
        passwords.right("Rossi", "guess", f"address {n}", NOW)
    assert passwords.right("Rossi", GOOD, "new", NOW + timedelta(minutes=14)) is None
    assert passwords.right("Rossi", GOOD, "new", NOW, browser="known")
    assert passwords.right("Rossi", GOOD, "new", NOW + timedelta(minutes=16))
    for _ in range(10):
        passwords.right("Rossi", "guess", "ward", NOW, browser="stolen")
    assert passwords.right("Rossi", GOOD, "ward", NOW, browser="stolen") is None


def test_an_accent_is_one_however_it_is_typed(passwords):
    passwords.set("Rossi", "perch\u00e9 no, domani", NOW)
    assert passwords.right("Rossi", "perche\u0301 no, domani", "a", NOW)


@pytest.mark.parametrize("weak", ["short", "a" * 20, "x" * 201, "Rossi Rossi Rossi"])
def test_easy_ones_are_refused(weak):
    with pytest.raises(UsageError):
        refuse_weak("Rossi", weak)
