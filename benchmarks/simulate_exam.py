"""Seconds a view and an exam, and peak memory, beside the published time of VICTRE.

    python benchmarks/simulate_exam.py [--native] [--patients 1] [--jobs 2]

Each exam is one woman: both breasts in CC and MLO, LE, HE and DES as DICOM, the iodine map and three counterfactual
images. It runs as a user runs it, in a process of its own; peak memory is the largest of the processes, and with more
jobs than one it is about that much for each of them.

VICTRE (Badano et al. 2018, JAMA Netw Open 1:e185474; its pipeline's own documentation) grows and compresses a
three-dimensional breast by finite elements, which takes hours, and follows every photon by Monte Carlo, two hours an
exam on a GPU of its time. It models what this does not: the breast in depth, its deformation, scatter of the anatomy
itself. It has no iodine.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vcem.core.files import read_csv

VICTRE_HOURS = 2.0  # imaging of one exam alone, without growing and compressing the breast


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--native", action="store_true")
    parser.add_argument("--patients", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "simulation"
        words = ["simulate", out, "--patients", args.patients, "--jobs", args.jobs, *(["--native"] * args.native)]
        began, before = time.perf_counter(), _processor_s()
        subprocess.run([sys.executable, "-m", "vcem.cli.main", *map(str, words)], check=True)
        wall, processor = time.perf_counter() - began, _processor_s() - before
        views = len(read_csv(out / "views.csv"))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    exam = wall / args.patients
    print(f"{'0.1' if args.native else '0.4'} mm, {views} views, {args.jobs} jobs")
    print(f"{wall / views:8.2f} s a view, {exam:8.1f} s an exam (wall)")
    print(f"{processor / views:8.2f} s a view, {processor / args.patients:8.1f} s an exam (processor, all processes)")
    print(f"{peak:8.2f} GiB at most in one process")
    times = VICTRE_HOURS * 3600 / exam
    print(f"VICTRE, published: {VICTRE_HOURS:.0f} h an exam on a GPU for the imaging alone, {times:.0f} times that")


def _processor_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
