import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from engine_units import after_one, process, threads, unit
from vcem.engine import Failed, How, each


@pytest.mark.parametrize("batch", [1, 3])
def test_a_killed_process_is_one_failed_unit(batch):
    items = [1, "die", 2, 3, "die", 4, 5]
    results = list(each(unit, items, How(slots=2, batch=batch)))
    assert [r for r in results if not isinstance(r, Failed)] == [1, 4, 9, 16, 25]
    assert [r.cause for r in results if isinstance(r, Failed)] == ["its process ended by signal 9"] * 2
    assert [r.name for r in results if isinstance(r, Failed)] == ["die", "die"]


def test_what_cannot_be_sent_back_is_a_failed_unit():
    assert [type(r) for r in each(unit, ["no-pickle", 2], How(slots=2))] == [Failed, int]


def test_a_unit_that_a_process_cannot_import_fails():
    assert [r.cause for r in each(waiting_for, [1, 2], How(slots=2))] == ["ModuleNotFoundError"] * 2


def test_threads_of_a_unit_are_fixed_and_those_of_the_command_stay(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    assert list(each(threads, [0, 1], How(slots=2, threads=3))) == [["3"] * 3] * 2
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ


def test_a_process_does_many_units_and_few_units_start_none():
    assert len(set(each(process, range(20), How(slots=2)))) == 2
    assert set(each(process, range(20), How(slots=2, few=21))) == {os.getpid()}


def waiting_for(folder, count):
    while len(list(folder.iterdir())) < count or any(not p.read_text() for p in folder.iterdir()):
        time.sleep(0.05)
    return [int(p.read_text()) for p in folder.iterdir()]


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()


def wait_until_gone(pids):
    while not all(map(gone, pids)):  # the suite's own limit ends a wait that is in vain
        time.sleep(0.1)


COMMAND = """
import signal
from functools import partial
from engine_units import slow
from vcem.engine import How, each
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    list(each(partial(slow, {folder!r}), [0, 1], How(slots=2)))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_nobody_works_on_when_the_command_is_gone(tmp_path, how):
    folder = tmp_path / "who"
    folder.mkdir()
    (tmp_path / "command.py").write_text(COMMAND.format(folder=str(folder)))
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, tmp_path / "command.py"], env=env, stderr=subprocess.DEVNULL) as command:
        workers = waiting_for(folder, 2)
        command.send_signal(how)
        command.wait()
    wait_until_gone(workers)


def test_results_that_nobody_wants_end_the_work(tmp_path):
    folder = tmp_path / "who"
    folder.mkdir()
    results = each(partial(after_one, str(folder)), [0, 1, 2], How(slots=2, in_order=False))
    assert next(results) == "first"
    [worker] = waiting_for(folder, 1)
    results.close()
    wait_until_gone([worker])
