"""Cores and threads: how many there are, and how the threads of one computation wait for one another.

By default OpenMP's threads spin while they wait. On a machine that is busy with anything else the one that is waited
for then gets no core, because the spinning ones hold it: a small CycleGAN fell to a tenth of its speed.
"""

import os

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


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
