"""Cores and threads: how many there are, and how the threads of one computation wait for one another.

By default OpenMP's threads spin while they wait. On a machine that is busy with anything else the one that is waited
for then gets no core, because the spinning ones hold it: a small CycleGAN fell to a tenth of its speed.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ASLEEP = {
    "OMP_WAIT_POLICY": "PASSIVE",  # GNU's and LLVM's OpenMP, so torch and what it brings
    "KMP_BLOCKTIME": "0",  # LLVM's, where the first is not heard
}


def sleep_while_waiting() -> None:
    """Have threads give their core away while they wait; what the user has set stays.

    OpenMP reads this once, so it must be said before torch is loaded. Processes started later inherit it.
    """
    for name, value in ASLEEP.items():
        os.environ.setdefault(name, value)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: sums that threads share are rounded otherwise, and an image would hang on the machine.

    That is NumPy, SciPy and, where a program has loaded it, torch.
    """
    from threadpoolctl import threadpool_limits  # looks at the libraries that are loaded by then

    torch: Any = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 0
    with threadpool_limits(1, "blas"):
        if torch:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            if torch:
                torch.set_num_threads(before)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
