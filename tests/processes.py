"""Commands in processes of their own that can be killed, forked from one that has torch loaded already."""

import multiprocessing
import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path

from vcem.cli.main import main

FORKS = multiprocessing.get_context("forkserver")
LOADED = [
    "vcem.cli.train",
    "vcem.cli.crossval",
    "vcem.score.crossval",
    "vcem.score.score",
    "vcem.train.fold",
    "torch._dynamo",
    "pytest",
]
FORKS.set_forkserver_preload(LOADED)  # torch's Adam loads torch._dynamo at its first use
KILLED = -signal.SIGKILL


def vcem(words, told, kill_at=None, counting=None, counted_to=None):
    """Run `vcem WORDS` and return its exit code; stdout and stderr are added to the file `told`.

    `kill_at`: SIGKILL at that function call after the work has begun, Python's and C's both counted, or those of the
    function `counting` only; so a random moment can be drawn, and met again on every machine. `counted_to`: a file for
    the number of calls of a whole run.
    """
    return finish(begin(words, told, kill_at, counting, counted_to))


def begin(words, told, kill_at=None, counting=None, counted_to=None):
    """Start `vcem WORDS` and return its process."""
    return start(_command, [str(w) for w in words], str(told), _Calls(kill_at, counting), counted_to)


def start(function, *args):
    """Start a function of a test module in a process."""
    process = FORKS.Process(target=function, args=args)
    process.start()
    return process


def finish(process):
    """Wait for its end and return its exit code."""
    process.join()
    code = process.exitcode
    process.kill()
    process.join()
    process.close()
    return code


def kill_a_worker(command, holding=""):
    """Kill the first worker process of a running command, or the first that has a file open whose path ends so."""
    while True:  # the suite's own limit ends a wait that is in vain
        for pid in (path.name for path in Path("/proc").iterdir() if path.name.isdigit()):
            if _parent_of(pid) == command and _is_worker(pid, holding):
                os.kill(int(pid), signal.SIGKILL)
                return
        time.sleep(0.02)


def _parent_of(pid):
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _is_worker(pid, holding):
    try:
        if b"spawn_main" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return False
        return not holding or any(str(fd.readlink()).endswith(holding) for fd in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


def tell_to(told):
    """Send what this process says to a file."""
    with Path(told).open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def free_port():
    """Return a port for the ranks to meet at."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _command(words, told, calls, counted_to):
    tell_to(told)
    if calls.kill_at or counted_to:
        sys.setprofile(calls.wait_for_work)
    code = main(words)
    sys.setprofile(None)
    if counted_to:
        Path(counted_to).write_text(str(calls.seen))
    sys.exit(code)


def vcem_with_little_room(words, told, room):
    """Run `vcem WORDS` where no file may become larger than `room` bytes."""
    tell_to(told)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    sys.exit(main([str(w) for w in words]))


class _Calls:
    def __init__(self, kill_at, counting):
        self.seen, self.kill_at, self.counting = 0, kill_at, counting

    def wait_for_work(self, frame, event, _):
        if event == "call" and frame.f_code.co_qualname in ("_Loop.run", "do_fold"):
            sys.setprofile(self.count)

    def count(self, frame, event, _):
        if self.counting is None or (event == "call" and frame.f_code.co_qualname == self.counting):
            self.seen += 1
            if self.seen == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
