import os
import signal

import pytest

from engine_units import process, unit
from vcem.engine import Failed
from vcem.engine.standing import Standing

SOON, LONG = 0.5, 300.0


@pytest.fixture
def standing():
    made = Standing(unit)
    yield made
    made.end()


def test_one_process_does_one_item_after_another():
    standing = Standing(process)
    first, second = (standing.do(n, "n", LONG).value for n in (1, 2))
    assert first == second == standing.pid != os.getpid()
    standing.end()


def test_what_fails_is_known_and_the_process_stays(standing):
    outcome = standing.do("raise", "this one", LONG)
    assert isinstance(outcome.value, Failed)
    assert (outcome.value.name, outcome.value.cause, outcome.spoilt) == ("this one", "ZeroDivisionError", False)
    assert standing.do(3, "three", LONG).value == 9


def test_a_process_that_dies_fails_its_item(standing):
    outcome = standing.do("die", "this one", LONG)
    assert outcome.value.cause == "its process ended by signal 9"
    assert outcome.spoilt
    assert not standing.alive
    assert standing.do(1, "one", LONG).spoilt, "it is to be replaced"


def test_a_process_that_takes_too_long_fails_its_item_and_is_ended_at_once():
    standing = Standing(__import__("time").sleep)
    outcome = standing.do(1000, "this one", SOON)
    assert (outcome.value.cause, outcome.spoilt) == ("it took too long", True)
    standing.end()
    standing.end()


def test_a_process_that_does_not_leave_by_itself_is_ended(monkeypatch):
    monkeypatch.setattr("vcem.engine.processes.LEAVES_S", SOON)
    standing = Standing(unit)
    assert standing.do(3, "three", LONG).value == 9
    os.kill(pid := standing.pid, signal.SIGSTOP)
    standing.end()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
