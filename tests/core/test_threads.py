import os
import subprocess
import sys

import pytest

from vcem.core.threads import cores, sleep_while_waiting


@pytest.mark.parametrize(("told", "expected"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")])
def test_threads_sleep_while_they_wait_unless_the_user_says_otherwise(told, expected):
    """OpenMP itself tells what it heard, when torch loads it."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    words = [sys.executable, "-m", "vcem.cli.main", "methods"]
    ran = subprocess.run(words, env=environment | told | {"OMP_DISPLAY_ENV": "TRUE"}, capture_output=True, text=True,
                         check=True)  # fmt: skip
    assert f"OMP_WAIT_POLICY = '{expected}'" in ran.stderr


def test_what_the_user_set_stays(monkeypatch):
    monkeypatch.setenv("KMP_BLOCKTIME", "200")
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    sleep_while_waiting()
    assert (os.environ["KMP_BLOCKTIME"], os.environ["OMP_WAIT_POLICY"]) == ("200", "ACTIVE")


def test_there_is_a_core():
    assert 1 <= cores() <= os.cpu_count()
