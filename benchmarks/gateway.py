"""A native four-view exam through `vcem gateway`, images an hour, and memory after many images.

    python benchmarks/gateway.py [--exams 3] [--images 1000] [--model FOLDER]

Sends LE images of 2850 x 2396 pixels, as `benchmarks/enhance.py` makes them, to a gateway beside a real Orthanc, both
commands of their own, and measures from the opening of the association to the last result there, less the quiet timer.
Then sends the same exam under new UIDs until so many images went through, and reads the memory of the gateway's
processes. The model is the Pix2Pix of the paper at 256 with untrained weights, which cost the same as trained ones.
"""

import argparse
import copy
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pydicom

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from enhance import write_images, write_run

from gateways import in_pacs, pacs_of, plain, send, write_settings
from orthanc import orthanc
from vcem.dicom.uids import uid_for

QUIET_S, VIEWS, AHEAD = 2.0, 4, 40


def renamed(images, number):
    """The same exam under new UIDs."""
    new = {"StudyInstanceUID": uid_for(number, "study"), "SeriesInstanceUID": uid_for(number, "series")}
    made = []
    for image in images:
        other = copy.copy(image)
        for name, value in {**new, "SOPInstanceUID": uid_for(number, image.SOPInstanceUID)}.items():
            setattr(other, name, value)
        other.file_meta = copy.copy(image.file_meta)
        other.file_meta.MediaStorageSOPInstanceUID = other.SOPInstanceUID
        made.append(other)
    return made


def one_exam(images, number, port, pacs):
    """Seconds until all is received, and until all results are there, less the quiet timer."""
    exam = renamed(images, number)
    begun = time.perf_counter()
    assert send(exam, port) == [0] * len(exam)
    received = time.perf_counter() - begun
    while len(in_pacs(pacs, exam[0].StudyInstanceUID)) < len(exam):
        time.sleep(0.05)
    return received, time.perf_counter() - begun - QUIET_S


def open_jobs(watch):
    with urllib.request.urlopen(f"http://127.0.0.1:{watch}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return sum(int(line.split()[1]) for line in lines if "jobs{" in line and ("waiting" in line or "ready" in line))


def family(pid):
    children = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has ended since
            children += (task / "children").read_text().split()
    return [str(pid), *children]


def processor_s(pid):
    """Seconds of processor time of the gateway's processes, which do not depend on who else works there."""
    rows = [Path(f"/proc/{p}/stat").read_text(encoding="utf-8").rpartition(")")[2].split() for p in family(pid)]
    return sum(int(row[11]) + int(row[12]) for row in rows) / os.sysconf("SC_CLK_TCK")


def memory(pid):
    """Resident MB of the gateway's processes now, and at most so far."""
    lines = [x for p in family(pid) for x in Path(f"/proc/{p}/status").read_text(encoding="utf-8").splitlines()]
    return [sum(int(x.split()[1]) for x in lines if x.startswith(name)) // 1024 for name in ("VmRSS", "VmHWM")]


def many(images, count, content, pid):
    begun, done, port, watch = time.perf_counter(), 0, content["receive"]["port"], content["watch"]["port"]
    while done < count:
        assert set(send(renamed(images, 1000 + done), port)) == {0}
        done += len(images)
        while open_jobs(watch) > AHEAD:
            time.sleep(0.2)
        if done % 100 == 0:
            now, most = memory(pid)
            print(f"{done} images: {now} MB, at most {most} MB", flush=True)
    while open_jobs(watch):
        time.sleep(0.2)
    took = time.perf_counter() - begun
    print(f"{done} images in {took:.0f} s: {3600 * done / took:.0f} an hour")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--exams", type=int, default=3)
    parser.add_argument("--images", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work, orthanc(Path(work)) as pacs:
        folder = Path(work)
        write_images(folder / "exam", VIEWS)
        images = [pydicom.dcmread(path) for path in sorted((folder / "exam").iterdir())]
        model = args.model or write_run(folder / "run", 256)
        content = plain(folder, model, pacs_of(pacs), study={"quiet_s": QUIET_S},
                        draw={"label": False, "threads": args.threads})  # fmt: skip
        measure(args, images, content, pacs, write_settings(folder / "gateway.toml", content))


def measure(args, images, content, pacs, settings):
    words = [sys.executable, "-m", "vcem", "gateway", "run", settings]
    gateway = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        while not healthy(content["watch"]["port"]):
            time.sleep(0.2)
        for number in range(args.exams + 1):
            what, before = "exam" if number else "first exam", processor_s(gateway.pid)
            received, whole = one_exam(images, number, content["receive"]["port"], pacs)
            took = processor_s(gateway.pid) - before
            print(
                f"{what}: received in {received:.2f} s, in the PACS {whole:.2f} s after the association began "
                f"(less {QUIET_S:g} s, the quiet timer); processor time of the gateway {took:.2f} s",
                flush=True,
            )
        if args.images:
            many(images, args.images, content, gateway.pid)
    finally:
        gateway.terminate()
        gateway.wait()


def healthy(watch):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{watch}/healthz") as answer:
            return not json.loads(answer.read())["faults"]
    except OSError:
        return False


if __name__ == "__main__":
    main()
