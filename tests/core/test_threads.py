import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from vcem.core.threads import cores, one_thread, sleep_while_waiting


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


def threads():
    """How many NumPy's and SciPy's linear algebra uses, and torch."""
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"} | {torch.get_num_threads()}


def test_one_thread_computes_and_afterwards_as_many_as_before():
    before = torch.get_num_threads()
    np.ones((2, 2)) @ np.ones((2, 2))
    try:
        torch.set_num_threads(2)
        with threadpool_limits(2, "blas"):
            assert threads() == {2}
            with one_thread():
                assert threads() == {1}
            assert threads() == {2}
    finally:
        torch.set_num_threads(before)


def test_there_is_a_core():
    assert 1 <= cores() <= os.cpu_count()
