import os
import re
import signal
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import dask
import pytest

import clusters
from engine_units import alone, kill_worker, once, process, speak, threads, unit
from vcem.core.errors import FailureError, UsageError
from vcem.engine import Failed, How, each, worker
from vcem.engine.distributed import cluster, unfit

LIMIT_S = 300
ITEMS = [3, "raise", "memory", 1, "ours", "leave", "no-pickle", 2]


@pytest.fixture(autouse=True)
def _limit():
    """End a test that hangs: here much is waited for."""

    def late(*_):
        raise TimeoutError(f"not done after {LIMIT_S} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LIMIT_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def place():
    with cluster("local:2") as place:
        yield place


def test_results_and_failures_are_those_of_one_machine(place):
    here, there = (list(each(unit, ITEMS, How(2), backend=backend)) for backend in (None, place))
    assert [str(r) for r in there] == [str(r) for r in here]


def test_units_have_the_threads_and_the_folder_of_the_command_whatever_the_worker_has(place, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("here").mkdir()
    assert list(each(threads, [0, 1], How(threads=3), backend=place)) == [["3"] * 3] * 2
    assert [Path(p).name for p in each(os.path.realpath, ["here"], backend=place)] == ["here"]
    assert list(each(os.path.isdir, ["here", "nowhere"], backend=place)) == [True, False]


def test_each_worker_has_one_process_at_work(place):
    assert len(set(each(process, range(20), How(batch=3), backend=place))) == 2


def test_what_units_say_on_stderr_comes_here(place, capsys):
    list(each(speak, ["epoch 1\n", "epoch 2\n"], backend=place))
    said = ""
    while said.count("\n") < 2:  # it comes by another way than the results
        said += capsys.readouterr().err
    assert sorted(said.split("\n")) == ["", "epoch 1", "epoch 2"]


def test_workers_that_die_in_the_middle_change_no_result(place, tmp_path):
    assert list(each(partial(once, str(tmp_path)), [1, 2, 3], backend=place)) == [1, 4, 9]


def test_units_of_one_folder_wait_for_one_another(place, tmp_path):
    assert sorted(each(partial(alone, str(tmp_path)), [1, 2, 3, 4], backend=place)) == [0, 1, 2, 3]


@pytest.mark.parametrize("batch", [1, 4])
def test_a_unit_that_kills_its_worker_three_times_fails_and_the_others_are_done(place, batch):
    results = list(each(kill_worker, [1, 2, "poison", 3, 4], How(batch=batch), backend=place))
    [failed] = [r for r in results if isinstance(r, Failed)]
    assert [r for r in results if r is not failed] == [2, 3, 4, 5]
    assert failed.name == "poison"
    assert failed.reason.startswith("Three times its worker ended")


def test_a_unit_whose_process_dies_alone_fails_too(place):
    results = list(each(unit, [1, "die", 2], backend=place))
    assert results[::2] == [1, 4]
    assert results[1].reason.startswith("Three times its process ended by signal 9")


def test_a_gpu_is_asked_for_in_vain(place):
    with pytest.raises(UsageError, match="No worker has a GPU"):
        list(each(unit, [1], How(gpu=True), backend=place))


def test_each_worker_sees_one_gpu(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    with cluster("local:2") as place:
        seen = set(each(os.getenv, ["CUDA_VISIBLE_DEVICES"] * 8, How(gpu=True), backend=place))
    assert seen == {"4", "6"}


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"daemon": True}, "is a daemon"),
        ({"folder": False}, "has no folder"),
        ({"gpus": 2}, "sees 2 GPUs"),
        ({"versions": worker.versions() | {"torch": "1.0"}}, r"has torch 1\.0 \(here"),
    ],
)
def test_a_worker_that_is_not_as_this_machine_may_not_work(other, why):
    facts = worker.facts(str(Path.cwd())) | {"gpus": 0, "daemon": False}
    assert unfit(facts) == ""
    assert re.match(why, unfit(facts | other))


def test_a_worker_of_another_code_is_refused_before_work_starts_and_left_alone_if_it_comes_later(tmp_path, capsys):
    with clusters.scheduler(tmp_path) as file, clusters.worker(file), waited(file), cluster(str(file)) as place:
        other = clusters.other_code(tmp_path / "other")
        with clusters.worker(file, other), waited(file, 2):
            assert list(each(unit, [2] * 4, backend=place)) == [4] * 4
            assert len(place.workers) == 1
            assert "nothing is done there" in capsys.readouterr().err
            with pytest.raises(UsageError, match=r"has code \w+ \(here"), cluster(str(file)):
                pass


@contextmanager
def waited(file, count=1):
    """Wait until a scheduler has so many workers."""
    from distributed import Client

    with Client(clusters.address(file), set_as_default=False) as client:
        while len(client.nthreads()) != count:
            time.sleep(0.1)
    yield


def test_a_first_worker_that_may_not_work_is_told_of(tmp_path, capsys):
    with clusters.scheduler(tmp_path) as file, cluster(str(file)) as place:
        with clusters.worker(file, {"CUDA_VISIBLE_DEVICES": "0,1"}), waited(file):
            place.look()
        assert not place.workers
        assert "sees 2 GPUs" in capsys.readouterr().err


def test_a_scheduler_that_others_can_reach_unencrypted_is_refused(tmp_path):
    with clusters.scheduler(tmp_path, host="0.0.0.0") as file:
        port = clusters.address(file).rpartition(":")[2]
        with pytest.raises(UsageError, match="without a certificate"), cluster(f"tcp://127.0.0.1:{port}"):
            pass


def test_with_certificates_all_speak_tls_and_nobody_is_heard_without(tmp_path):
    told = clusters.certificates(tmp_path)
    with clusters.scheduler(tmp_path, protocol="tls", env=told) as file, clusters.worker(file, told):
        assert clusters.address(file).startswith("tls://")
        with pytest.raises(UsageError, match="asks for a certificate"), cluster(str(file)):
            pass
        with dask.config.set(clusters.settings(told)), cluster(str(file)) as place:
            assert list(each(unit, [2, 3], backend=place)) == [4, 9]
            assert all(address.startswith("tls://") for address in place.workers)


def test_a_scheduler_that_ends_is_told_without_a_traceback(tmp_path, capfd):
    with clusters.scheduler(tmp_path) as file, clusters.worker(file), waited(file), cluster(str(file)) as place:
        results = each(unit, [2] * 1000, backend=place)
        assert next(results) == 4
        clusters.end(file)
        with pytest.raises(FailureError, match="The scheduler"):
            list(results)
    assert "Traceback" not in "".join(capfd.readouterr())


def test_nobody_answers(tmp_path):
    with clusters.scheduler(tmp_path) as file:
        gone = clusters.address(file)
    with pytest.raises(FailureError, match="No scheduler answers at"), cluster(gone):
        pass
