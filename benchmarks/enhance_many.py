"""Memory, progress and a kill in the middle of `vcem enhance` over many files.

    python benchmarks/enhance_many.py [--images 1000] [--rows 570] [--model MODEL]

The images are simulated LE files that differ in their UIDs. The command runs in a process of its own on a terminal; it
is killed (SIGKILL) once half of the images stand, and started again. Told are its memory once a tenth of the images
stand and at its end, its last progress line, and whether the second run left every file of the first as it was.
Without --model it is the Pix2Pix of recipes/small with untrained weights. Exit code 1: something was redone, damaged or
missing.
"""

import argparse
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from enhance import write_images, write_run

from vcem.core.files import read_csv, sha256
from vcem.dicom.read import read_dicom

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
POLL_S = 0.02
STUCK_S = 600


@dataclass
class Told:
    """What one run of the command showed."""

    code: int
    seconds: float
    memory_mib: dict[int, float]
    line: str


def enhance(words, out, marks, kill_at=None):
    """Run the command on a terminal; read its memory once so many images stand, and kill it at `kill_at` of them."""
    ours, theirs = pty.openpty()
    began = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "vcem.cli.main", "enhance", *words], stdout=subprocess.DEVNULL,
                             stderr=theirs, env=os.environ | {"COLUMNS": "100"})  # fmt: skip
    os.close(theirs)
    shown = []
    reader = threading.Thread(target=drain, args=(ours, shown))
    reader.start()
    memory, last = {}, 0.0
    while child.poll() is None and time.perf_counter() - began < STUCK_S:
        standing = sum(1 for _ in out.glob("*.dcm"))
        last = resident_mib(child.pid) or last
        memory |= {mark: last for mark in marks if standing >= mark and mark not in memory}
        if kill_at and standing >= kill_at:
            child.send_signal(signal.SIGKILL)
        time.sleep(POLL_S)
    code = child.wait(timeout=STUCK_S)
    reader.join()
    lines = [line for line in re.split(r"[\r\n]", ESCAPES.sub("", b"".join(shown).decode())) if "images/s" in line]
    return Told(code, time.perf_counter() - began, memory | {-1: last}, lines[-1].strip() if lines else "nothing shown")


def drain(terminal, shown):
    """Keep what is written to a terminal until its last writer is gone."""
    try:
        while part := os.read(terminal, 4096):
            shown.append(part)
    except OSError:  # how Linux says that nobody writes any more
        pass
    os.close(terminal)


def resident_mib(pid):
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def wrong(out, first, images):
    """List what the second run should not have done."""
    made = [out / row["output"] for row in read_csv(out / "images.csv")]
    changed = [
        path.name for path, (then, sum_) in first.items() if (path.stat().st_mtime_ns, sha256(path)) != (then, sum_)
    ]
    black = [path.name for path in made if not np.any(read_dicom(path))]
    left = [path.name for path in out.glob(".*.partial")]
    told = {"redone or changed": changed, "black": black, "left half written": left}
    told["missing"] = [] if len(set(made)) == images else [f"{len(set(made))} of {images}"]
    return {what: names for what, names in told.items() if names}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=570)
    parser.add_argument("--model", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        write_images(work / "in", args.images, (args.rows, args.rows * 2396 // 2850))
        model = args.model or write_run(work / "run", 128, "small")
        out, n = work / "out", args.images
        words = [str(w) for w in (work / "in", "--model", model, "--out", out)]
        killed = enhance(words, out, (n // 10,), kill_at=n // 2)
        first = {path: (path.stat().st_mtime_ns, sha256(path)) for path in out.glob("*.dcm")}
        print(f"killed with {len(first)} of {n} images standing, exit code {killed.code}; {killed.line}")
        again = enhance(words, out, ())
        print(f"again: exit code {again.code}, {again.seconds:.1f} s; {again.line}")
        whole = enhance([*words[:-1], str(work / "whole")], work / "whole", (n // 10,))
        memory = (
            f"{whole.memory_mib.get(n // 10, 0):.0f} MiB after {n // 10} images, {whole.memory_mib[-1]:.0f} at the end"
        )
        print(f"never stopped: exit code {whole.code}, {n / whole.seconds:.2f} images/s with its start; {memory}")
        bad = wrong(out, first, n)
        same = [p.read_bytes() for p in sorted(out.glob("*.dcm"))] == [
            p.read_bytes() for p in sorted((work / "whole").glob("*.dcm"))
        ]
        print(
            f"the two ways give {'the same' if same else 'OTHER'} bytes; {bad or 'nothing redone, damaged or missing'}"
        )
    return 1 if bad or not same or again.code or whole.code else 0


if __name__ == "__main__":
    sys.exit(main())
