import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from time import sleep

import pytest

from vcem.core.errors import FailureError, UsageError
from vcem.study.record import ANSWER, REVISION, EndedError, Record, open_record

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
BODY = {"answers": {"place": "A"}, "times": {}}


@pytest.fixture
def record(tmp_path):
    opened = Record(tmp_path, "protocol")
    yield opened
    opened.close()


def change(record, statement, *cells):
    database = sqlite3.connect(record.path, isolation_level=None)
    database.execute("DROP TRIGGER no_change")
    database.execute("DROP TRIGGER no_removal")
    database.execute(statement, cells)
    database.close()


def fill(record, count=5):
    for n in range(count):
        assert record.answer(AT + timedelta(seconds=n), "r", f"i{n}", BODY)


def test_it_syncs_fully_and_writes_ahead(record):
    assert record._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert record._database.execute("PRAGMA synchronous").fetchone() == (2,)


def test_an_answer_is_stored_once_and_locked(record):
    assert record.answer(AT, "r", "i", BODY)
    assert not record.answer(AT, "r", "i", BODY | {"times": {"submit_ms": 9}})
    with pytest.raises(UsageError, match="locked"):
        record.answer(AT, "r", "i", {"answers": {"place": "B"}})
    assert len(record.entries(ANSWER)) == 1


def test_nothing_is_taken_after_the_end(record):
    fill(record)
    assert record.end() is None
    record.append(AT, "end", "", "", {"because": ""})
    for add in (
        lambda: record.answer(AT, "r", "new", BODY),
        lambda: record.revise(AT, "r", "i0", {"answers": {"place": "B"}}),
        lambda: record.append(AT, "closed", "r", "", {"session": 1}),
        lambda: record.append(AT, "end", "", "", {"because": "again"}),
    ):
        with pytest.raises(EndedError):
            add()
    assert not record.answer(AT, "r", "i0", BODY)  # the same again is still known
    record.append(AT, "admin", "", "", {"did": "verify"})
    assert (record.end().n, record.verify().n) == (6, 7)


@pytest.mark.parametrize("statement", ["UPDATE log SET body = '{}'", "DELETE FROM log"])
def test_it_only_appends(record, statement):
    fill(record)
    with pytest.raises(sqlite3.IntegrityError, match="append only"):
        record._database.execute(statement)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE log SET body = replace(body, 'A', 'B') WHERE n = 2", "UPDATE log SET at = '2020' WHERE n = 3",
     "UPDATE log SET reader = 'x' WHERE n = 1", "DELETE FROM log WHERE n = 2", "UPDATE log SET n = 9 WHERE n = 5"],
)  # fmt: skip
def test_the_chain_tells_every_change(record, statement):
    fill(record)
    assert record.verify().n == 5
    change(record, statement)
    with pytest.raises(FailureError, match="chain is broken"):
        record.verify()


def test_the_chain_begins_with_the_protocol(record, tmp_path):
    fill(record)
    other = Record(tmp_path, "another protocol")
    with pytest.raises(FailureError, match="Entry 1"):
        other.verify()
    other.close()


def test_many_threads_keep_one_chain_in_the_order_of_the_clock(record):
    ticks = count()

    def clock():
        tick = next(ticks)
        sleep(0.002 * (tick % 3))  # whoever asked first may be the last to write
        return AT + timedelta(milliseconds=tick)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: record.append(clock, "shown", f"r{n % 4}", f"i{n}", {}), range(80)))
    assert record.verify().n == 80
    assert record.clock_went_back() == ""
    assert len(record.entries("shown", "r1")) == 20


def test_a_log_that_is_read_is_not_changed(record, tmp_path):
    fill(record)
    record.close()
    before = record.path.read_bytes()
    tmp_path.chmod(0o500)
    with closing(open_record(tmp_path, "protocol")) as read:
        assert read.verify().n == 5
        with pytest.raises(FailureError, match="cannot be written"):
            read.append(AT, "shown", "r", "i", {})
    tmp_path.chmod(0o700)
    assert [p.name for p in tmp_path.iterdir()] == [record.path.name]
    assert record.path.read_bytes() == before


def test_a_body_that_is_none_breaks_the_chain_and_not_the_program(record):
    fill(record)
    change(record, "UPDATE log SET body = '{' WHERE n = 2")
    with pytest.raises(FailureError, match="Entry 2"):
        record.verify()
    assert record.entries()[1].body == {}


def test_a_study_never_served_has_no_answers(tmp_path):
    with pytest.raises(UsageError, match="no answers yet"):
        open_record(tmp_path, "protocol")


def test_changes_are_kept_behind_the_first_answer_and_the_last_stands(record):
    assert record.given("i") is None
    with pytest.raises(UsageError, match="no answer to change"):
        record.revise(AT, "r", "i", BODY)
    record.answer(AT, "r", "i", BODY)
    assert not record.revise(AT, "r", "i", BODY)
    for place in "BC":
        assert record.revise(AT, "r", "i", {"answers": {"place": place}, "times": {}})
    assert not record.revise(AT, "r", "i", {"answers": {"place": "C"}, "times": {}})
    assert record.given("i") == {"place": "C"}
    assert [e.body["answers"]["place"] for e in record.entries()] == ["A", "B", "C"]
    assert len(record.entries(REVISION)) == 2
    assert record.verify().n == 3


def test_answered_tells_when_pictures_were_last_seen(record):
    record.append(AT, "shown", "r", "i", {})
    record.append(AT, "enter", "r", "", {})
    assert record.answered("r") == {}
    record.answer(AT + timedelta(minutes=1), "r", "i", BODY)
    record.append(AT + timedelta(minutes=5), "review", "r", "i", {})
    record.append(AT, "shown", "r", "next", {})
    assert record.answered("r") == {"i": AT + timedelta(minutes=5)}
    assert record.answered("other") == {}


def test_head_and_last_sign_of_life(record):
    assert record.head() == "0:protocol"
    assert record.last_seen("r") == ""
    fill(record)
    assert record.head() == f"5:{record.verify().hash}"
    assert record.last_seen("r") == (AT + timedelta(seconds=4)).isoformat()


def test_a_clock_that_went_back_is_told(record):
    fill(record)
    late = (AT + timedelta(seconds=4)).isoformat()
    assert record.clock_went_back() == record.clock_went_back(AT + timedelta(days=1)) == ""
    assert record.clock_went_back(AT) == late
    record.append(AT, "shown", "r", "i", {})
    assert record.clock_went_back() == late
