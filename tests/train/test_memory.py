import platform
import subprocess
import sys

import pytest

from vcem.train.memory import keep_freed_memory

PAGES = """
import resource, sys, torch
from vcem.train.memory import keep_freed_memory
assert sys.argv[1] == "given back" or keep_freed_memory()
for _ in range(16):  # an aligned piece fits into its predecessor only with luck: some are made before one is used again
    torch.zeros(2**25).sum()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    torch.zeros(2**25).sum()  # 128 MiB, or 32768 pages, each time
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def pages(how):
    """Pages cleared by the system in a process of its own: others' memory lies in the way of large pieces."""
    ran = subprocess.run([sys.executable, "-c", PAGES, how], capture_output=True, text=True, check=True)
    return int(ran.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the switch is the GNU C library's")
def test_memory_that_was_freed_is_not_cleared_anew():
    assert pages("kept") < pages("given back") / 4


def test_another_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not keep_freed_memory()
