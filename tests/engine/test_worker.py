import pickle
import threading
from functools import partial
from pathlib import Path

import pytest

from engine_units import process, speak, threads, unit, wait_for
from vcem.engine import worker
from vcem.engine.processes import call_of
from vcem.engine.worker import Order

HERE = str(Path.cwd())


def order_of(do, token="a", count=1):
    return Order(token, call_of(do, HERE), count)


def batch(*items):
    return [pickle.dumps([(item, str(item))]) for item in items]


def values(answers):
    return [pickle.loads(answer).value if isinstance(answer, bytes) else answer for answer in answers]


@pytest.fixture(autouse=True)
def _nothing_stays():
    yield
    worker.stop(worker._state.order.token)
    worker._state.over.clear()
    worker._state.order = Order("", b"", 1)


def test_a_process_of_the_worker_does_the_units_with_the_threads_of_the_order(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert values(worker.do(order_of(threads, count=3), batch(0, 1), print)) == [["3"] * 3] * 2


def test_one_process_serves_an_order_and_another_one_the_next():
    first = order_of(process)
    pids = values(worker.do(first, batch(1, 2), print)) + values(worker.do(Order("a", b"", 1), batch(3), print))
    assert len(set(pids)) == 1
    assert worker.do(Order("b", b"", 1), batch(1), print) is None, "its unit is not known here"
    assert values(worker.do(order_of(process, "b"), batch(1), print)) != pids[:1]


def test_a_killed_process_is_replaced_and_one_that_was_harmed_ends_by_itself():
    answers = values(worker.do(order_of(unit), batch(1, "die", 2, "memory", 3), print))
    assert [a for a in answers if isinstance(a, int)] == [1, -9, 4, 9]
    assert answers[3].cause == "OutOfMemoryError"


def test_what_a_process_says_is_passed_on():
    said = []
    worker.do(order_of(speak), batch("epoch 1\n", "epoch 2\n"), said.append)
    assert "".join(said) == "epoch 1\nepoch 2\n"


def test_an_order_that_is_called_off_ends(tmp_path):
    answers = []
    order = order_of(partial(wait_for, str(tmp_path)))
    at_work = threading.Thread(target=lambda: answers.extend(worker.do(order, batch("one", "two"), print)))
    at_work.start()
    while not list(tmp_path.iterdir()):
        threading.Event().wait(0.02)
    worker.stop("a")
    at_work.join()
    assert answers == [-9, -9]
    assert [p.name for p in tmp_path.iterdir()] == ["one"]


def test_facts_tell_versions_code_gpus_and_whether_the_folder_is_here(monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    found = worker.facts(str(tmp_path / "nowhere"))
    assert (found["gpus"], found["folder"], found["daemon"]) == (2, False, False)
    assert set(found["versions"]) == {"python", "vcem", "torch", "numpy", "code"}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert worker.facts(HERE)["gpus"] == 0
