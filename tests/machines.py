"""Machines of their own within this one: spaces of mounts, processes and names, that share a folder.

A file that is mounted over the folder's lock file makes the system's lock one of that machine alone, as on file systems
whose locks hold on each machine; another over the boot's number makes it another machine.
"""

import os
import subprocess
import sys
from contextlib import contextmanager, suppress

SPACES = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--uts", "--fork", "--kill-child", "--mount-proc"]
MOUNTS = """
hostname {name}
mount --bind {own}/boot /proc/sys/kernel/random/boot_id
mount --bind {own}/lock {folder}/.lock
exec {python} -u -c "$PROGRAM" {folder}
"""
PROGRAM = """
import os, sys
from contextlib import ExitStack
from pathlib import Path
from vcem.core import lock
from vcem.core.errors import VcemError
from vcem.core.files import atomic
lock.BEAT_S, lock.SILENT_S = 0.1, 1.5
folder, stack = Path(sys.argv[1]), ExitStack()
sys.stderr = sys.stdout
for line in sys.stdin:
    word = line.strip()
    try:
        if word == "lock":
            stack.enter_context(lock.locked(folder, "training"))
            print("held", flush=True)
        elif word == "free":
            stack.close()
            print("free", flush=True)
        elif word == "patience":
            lock.wait_for_others()
            print("patient", flush=True)
        else:
            with atomic(folder / "a.json") as partial:
                partial.write_text(word)
                print(partial.name, os.getpid(), flush=True)
    except VcemError as error:
        print(f"{type(error).__name__}: {error.found.split(str(folder))[0].strip()}", flush=True)
"""


def allowed():
    """Return whether this system lets us make such machines."""
    with suppress(OSError):
        tried = subprocess.run([*SPACES, "mount", "--bind", "/dev/null", "/proc/sys/kernel/random/boot_id"],
                               capture_output=True, check=False)  # fmt: skip
        return tried.returncode == 0
    return False


class Machine:
    """A program on a machine of its own, which answers each word with a line."""

    def __init__(self, process):
        self.process = process

    def __call__(self, word):
        self.say(word)
        return self.heard()

    def say(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def heard(self):
        return self.process.stdout.readline().strip()

    def kill(self):
        self.process.kill()
        self.process.wait()


@contextmanager
def machine(folder, name):
    """Start a machine that works in `folder / "shared"`."""
    shared, own = folder / "shared", folder / name
    shared.mkdir(exist_ok=True)
    own.mkdir()
    (own / "boot").write_text(f"boot-of-{name}\n")
    for lock in (own / "lock", shared / ".lock"):
        lock.touch()
    script = MOUNTS.format(name=name, own=own, folder=shared, python=sys.executable)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PROGRAM": PROGRAM}
    with subprocess.Popen([*SPACES, "bash", "-ec", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env=env) as process:  # fmt: skip
        yield Machine(process)
        process.kill()
