import os
import signal
import subprocess
import sys
import threading

import pytest

import machines
from vcem.core import lock
from vcem.core.errors import UsageError
from vcem.core.lock import held, locked, wait_for_others


def test_a_folder_is_held_by_one_process_at_a_time(tmp_path):
    with (
        locked(tmp_path / "new", "training"),
        pytest.raises(UsageError, match=r"Another process is enhancing in .*new"),
        locked(tmp_path / "new", "enhancing"),
    ):
        pass
    with locked(tmp_path / "new", "training"):
        pass


def test_what_a_killed_process_left_half_written_goes(tmp_path):
    (tmp_path / ".a.json.77.partial").write_text("{")
    (tmp_path / "mine.partial").write_text("kept")
    with locked(tmp_path, "training"):
        assert sorted(p.name for p in tmp_path.iterdir()) == [".holder", ".lock", "mine.partial"]


def test_a_folder_can_be_held_without_a_file_in_it(tmp_path):
    with (
        held(tmp_path / "new", "releasing"),
        pytest.raises(UsageError, match=r"Another process is releasing in .*new"),
        held(tmp_path / "new", "releasing"),
    ):
        pass
    with held(tmp_path / "new", "releasing"):
        assert list((tmp_path / "new").iterdir()) == []


HOLD = """
import sys
from pathlib import Path
from vcem.core.lock import locked
with locked(Path(sys.argv[1]), "training"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_whose_holder_was_killed_is_free_at_once(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout.readline() == b"held\n"
        process.send_signal(signal.SIGKILL)
    left = (tmp_path / ".holder").read_text()
    with locked(tmp_path, "training"):
        assert (tmp_path / ".holder").read_text() != left
    assert not (tmp_path / ".holder").exists()


def test_a_patient_process_waits_for_the_holder(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lock, "BEAT_S", 0.02)
    order, holds = [], threading.Event()

    def hold():
        with locked(tmp_path, "training"):
            holds.set()
            while not capsys.readouterr().err.endswith("Waiting for it.\n"):  # the suite's own limit ends this
                threading.Event().wait(0.02)
            order.append("first")

    first = threading.Thread(target=hold)
    first.start()
    holds.wait()
    wait_for_others()
    with locked(tmp_path, "training"):
        order.append("second")
    lock._patient.set(False)
    first.join()
    assert order == ["first", "second"]


@pytest.fixture
def two_machines(tmp_path):
    """Two machines, each a mount, process and name space of its own, on one folder whose system locks hold on each."""
    with machines.machine(tmp_path, "one") as one, machines.machine(tmp_path, "two") as two:
        yield one, two


@pytest.mark.needs("namespaces")
def test_a_folder_is_held_by_one_machine_where_locks_hold_on_each_machine_alone(two_machines):
    one, two = two_machines
    assert one("lock") == "held"
    assert two("lock") == "UsageError: Another process is training in", "though its own lock is free"
    assert one("free") == "free"
    assert two("lock") == "held"


@pytest.mark.needs("namespaces")
def test_a_machine_that_is_gone_loses_its_folder_after_a_silence(two_machines):
    one, two = two_machines
    assert one("lock") == "held"
    one.kill()
    assert two("lock") == "held"


@pytest.mark.needs("namespaces")
def test_a_patient_machine_waits_for_another(two_machines):
    one, two = two_machines
    assert one("lock") == "held"
    two.say("patience")
    assert two.heard() == "patient"
    two.say("lock")
    assert "Waiting for it." in two.heard()
    assert one("free") == "free"
    assert two.heard() == "held"


@pytest.mark.needs("namespaces")
def test_partial_files_of_two_machines_never_have_one_name(two_machines):
    (name, pid), (other, other_pid) = (m("partial").split() for m in two_machines)
    assert pid == other_pid, "each machine counts its own processes"
    assert name != other
