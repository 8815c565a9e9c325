import platform
import resource

import pytest
import torch

from vcem.train.memory import keep_freed_memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the switch is the GNU C library's")
def test_memory_that_was_freed_is_not_cleared_anew():
    assert keep_freed_memory()
    torch.zeros(2**25).sum()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(4):
        torch.zeros(2**25).sum()  # 128 MiB, or 32768 pages, each time
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 4 * 32768 / 4


def test_another_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not keep_freed_memory()
