"""Thousands of damaged files: each ends in an image or in one clear error that names it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
MORE = 0.5  # of the memory that whole files took: what takes more was taken in by a size that a file only names
BATCHES = [
    ("read", 900, 1), ("read", 900, 2), ("read", 900, 3), ("deidentify", 800, 4), ("scan", 1000, 5),
    ("import_folder", 55, 6), ("enhance_folder", 30, 7),
]  # fmt: skip


class CrashedError(Exception):
    """A batch did not come to its end."""


def batch(target, cases, seed, folder):
    """Run a batch in its own process and return its summary."""
    words = [sys.executable, str(TESTS / "fuzz_worker.py"), target, str(cases), str(seed), str(folder)]
    paths = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": paths})
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        raise CrashedError(f"{target}, seed {seed}: ended by {name}, see {folder}/case.dcm; {' '.join(words[1:])}")
    if done.returncode:
        raise CrashedError(f"{target}, seed {seed}:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def test_the_batches_are_five_thousand_cases():
    assert sum(cases * (7 if "folder" in target else 1) for target, cases, _ in BATCHES) >= 5000


@pytest.mark.parametrize(("target", "cases", "seed"), BATCHES)
def test_a_damaged_file_ends_in_an_image_or_in_one_clear_error(target, cases, seed, tmp_path):
    found = batch(target, cases, seed, tmp_path)
    assert found["cases"] >= cases
    assert found["made"] > 0.08 * found["cases"], "nearly no image survives: the mutations are too rough"
    assert found["told"] > 0.15 * found["cases"], "nearly nothing breaks: the mutations are too mild"
    assert found["peak"] < (1 + MORE) * found["peak_of_whole_files"]


def test_a_crash_and_a_hang_are_told_with_what_reproduces_it(tmp_path):
    with pytest.raises(CrashedError, match=r"seed 5: ended by SIGSEGV, see .*case\.dcm; .*fuzz_worker\.py crash 9 5"):
        batch("crash", 9, 5, tmp_path)
    with pytest.raises(CrashedError, match=r"seed 5: ended by SIGPROF, see .*case\.dcm; .*fuzz_worker\.py hang 9 5"):
        batch("hang", 9, 5, tmp_path)
    assert (tmp_path / "case.dcm").is_file()
