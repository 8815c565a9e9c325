"""`vcem gateway run SETTINGS`, killed by itself at the n-th call of a method of its queue: python gateway_killed.py
SETTINGS METHOD N before|after. What it does until then is all real."""

import os
import signal
import sys

from vcem.cli.main import main
from vcem.gateway.queue import Queue


def kill_at(method, number, when):
    """A call of `complete` counts if it completed a study."""
    whole, counted = getattr(Queue, method), []

    def call(*args, **cells):
        if method != "complete":
            counted.append(1)
        if len(counted) == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = whole(*args, **cells)
        if method == "complete" and result:
            counted.append(1)
        if len(counted) == number and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(Queue, method, call)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        kill_at(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    sys.exit(main(["gateway", "run", sys.argv[1]]))
