"""Schedulers and workers as somebody starts them, in processes of their own on loopback."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import vcem

DASK = [sys.executable, "-W", "ignore", "-m", "dask"]
QUIET = ["--dashboard-address", "127.0.0.1:0", "--no-dashboard"]
TLS = "DASK_DISTRIBUTED__COMM__TLS__"


@contextmanager
def running(words, env=None):
    """Run a command of Dask until the block ends."""
    path = os.pathsep.join(sys.path)
    with subprocess.Popen([*DASK, *words], env=os.environ | {"PYTHONPATH": path} | (env or {}),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


@contextmanager
def scheduler(folder, host="127.0.0.1", protocol="tcp", env=None):
    """Start a scheduler; yields its file."""
    file = folder / "scheduler.json"
    words = ["scheduler", "--host", host, "--port", "0", "--protocol", protocol, "--scheduler-file", file, *QUIET]
    with running(words, env) as process:
        (folder / "pid").write_text(str(process.pid))
        while not (file.is_file() and file.read_text().endswith("}")):
            pass  # the test's own limit ends this
        yield file


@contextmanager
def worker(file, env=None, nanny=False):
    """Start a worker of a scheduler that may work, unless `env` says otherwise."""
    words = ["worker", "--scheduler-file", file, "--nthreads", "1", "--nanny" if nanny else "--no-nanny", *QUIET]
    with running([*words, "--host", "127.0.0.1"], env) as process:
        yield process


def end(file):
    """Kill the scheduler."""
    os.kill(int((file.parent / "pid").read_text()), signal.SIGKILL)


def address(file):
    return json.loads(file.read_text())["address"]


def other_code(folder):
    """Return the environment of a worker whose vcem is of the same version and has one comment more."""
    shutil.copytree(Path(vcem.__file__).parent, folder / "vcem")
    with (folder / "vcem" / "core" / "terms.py").open("a") as file:
        file.write("# another code\n")
    rest = [p for p in sys.path if not (Path(p) / "vcem").is_dir()]
    return {"PYTHONPATH": os.pathsep.join([str(folder), *rest])}


def certificates(folder):
    """Make an authority and one certificate for all, as the how-to does; return what Dask is told of them."""

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=vcem cluster")  # fmt: skip
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "node.key", "-out", "node.csr", "-subj", "/CN=vcem node")  # fmt: skip
    openssl("x509", "-req", "-in", "node.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "30", "-out", "node.pem")
    names = {"CA_FILE": "ca.pem"}
    for who in ("SCHEDULER", "WORKER", "CLIENT"):
        names |= {f"{who}__CERT": "node.pem", f"{who}__KEY": "node.key"}
    return {f"{TLS}{name}": str(folder / file) for name, file in names.items()}


def settings(env):
    """Return as Dask's settings what its environment would say."""
    return {name.removeprefix("DASK_").lower().replace("__", "."): value for name, value in env.items()}
