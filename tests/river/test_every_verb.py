"""Each verb meets whatever the system or a user can do to it: one clear message, and the same command goes on."""

import ctypes
import errno
import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from every_verb import READING, WRITING, make_world
from no_torch import BLOCKED
from vcem.cli.main import main

WRONG = {"crossval": 1, "detect": 1}  # they go on with their other folds
LONG = "n" * 300
SLOW = ("simulate", "look", "report", "crossval", "detect", "study new")  # seconds each time, and here several times
CAPABILITIES = 0x20080522  # of linux/capability.h, version 3
INSTALL = Path(__file__).parents[2] / "docs" / "how-to" / "install.md"
MANY = """
import json, os, sys
from vcem.cli import main
%s
main._speak_everywhere()
for name, words in json.load(sys.stdin).items():
    words = [os.fsdecode(word.encode()) for word in words]  # as the system hands them over
    print(name, main.main(words), file=sys.stderr, flush=True)
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = make_world(tmp_path_factory.mktemp("world"))
    np.save(made / "data" / "one.npy", np.full((32, 32), 0.5, np.float32))
    return made


def run(verb, world, out, capsys):
    """Return the exit code and what was said; nobody sees a traceback."""
    capsys.readouterr()
    code = main([str(w) for w in WRITING[verb](world, out)])
    said = "".join(capsys.readouterr())
    assert "Traceback" not in said
    return code, said


@contextmanager
def as_anybody():
    """Have the system refuse what modes forbid, to root too."""
    system, header = ctypes.CDLL(None, use_errno=True), (ctypes.c_uint32 * 2)(CAPABILITIES, 0)
    before = (ctypes.c_uint32 * 6)()
    assert system.capget(header, before) == 0
    without = (ctypes.c_uint32 * 6)(*before)
    without[0] &= ~0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
    assert system.capset(header, without) == 0
    try:
        yield
    finally:
        assert system.capset(header, before) == 0


@pytest.mark.parametrize("verb", WRITING)
def test_an_output_that_cannot_be_written_is_told(verb, world, tmp_path, capsys):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    with as_anybody():
        code, said = run(verb, world, closed / "out", capsys)
    assert (code, os.strerror(errno.EACCES) in said, "expected:" in said) == (1, True, True), said
    assert not list(closed.iterdir())


@pytest.mark.parametrize("verb", WRITING)
def test_an_output_below_a_file_is_told(verb, world, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file" / "out", tmp_path / "file"):
        code, said = run(verb, world, out, capsys)
        assert (code, str(tmp_path / "file") in said, "expected:" in said) == (WRONG.get(verb, 2), True, True), said
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("verb", WRITING)
def test_a_name_of_300_letters_is_told(verb, world, tmp_path, capsys):
    code, said = run(verb, world, tmp_path / LONG, capsys)
    assert (code, os.strerror(errno.ENAMETOOLONG) in said, "expected:" in said) == (WRONG.get(verb, 2), True, True), (
        said
    )


@pytest.mark.parametrize("verb", [pytest.param(v, marks=pytest.mark.slow if v in SLOW else ()) for v in WRITING])
def test_after_a_full_disk_the_same_command_goes_on_and_what_stood_is_unchanged(
    verb, world, tmp_path, capsys, monkeypatch
):
    out, replace = tmp_path / "out", Path.replace
    for full in (1, 2):  # at the first file, then at the second
        written = []

        def fills(self, target, full=full, written=written):
            written.append(target)
            if len(written) == full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
            return replace(self, target)

        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", fills)
            code, said = run(verb, world, out, capsys)
        if code == 0:
            break  # one file is all that it writes
        assert (code, "disk is full" in said, "same command" in said) == (1, True, True), said
    code, said = run(verb, world, out, capsys)
    assert code == 0, said


@pytest.mark.parametrize("verb", ["prepare", "report"])
def test_a_folder_that_is_made_again_is_lost_neither_to_a_full_disk_nor_to_a_kill(
    verb, world, tmp_path, capsys, monkeypatch
):
    out = tmp_path / "out"
    assert run(verb, world, out, capsys)[0] == 0
    (out / "mine.txt").write_text("beside")
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def killed(*_):
        raise KeyboardInterrupt

    for end in (full, killed):
        with monkeypatch.context() as patched:
            patched.setattr("vcem.core.files.flush", end)
            assert run(verb, world, out, capsys)[0] in (1, 130)
        assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    assert run(verb, world, out, capsys)[0] == 0
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before


def test_a_lying_npy_header_is_told(world, tmp_path, capsys):
    lies = {"huge": "(4000000000, 4000000000)", "negative": "(-3, 4)", "nested": f"({'(' * 90}", "words": "('a', 2)"}
    for name, shape in lies.items():
        header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
        path = tmp_path / f"{name}.npy"
        path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        assert main(["compare", str(path), str(path)]) == 1
        said = capsys.readouterr().err
        assert f"{path} cannot be read as an array" in said
        assert "Traceback" not in said


def many(setting, world, tmp_path, environment, verbs=(*WRITING, *READING)):
    """Run verbs in one fresh process and return the exit code of each."""
    words = {v: list(map(str, make(world, tmp_path / f"ø {v}"))) for v, make in WRITING.items()}
    words |= {v: list(map(str, make(world))) for v, make in READING.items()}
    words = {v: words[v] for v in verbs}
    ran = subprocess.run([sys.executable, "-c", MANY % setting], input=json.dumps(words).encode(),
                         env=os.environ | environment, capture_output=True, check=False)  # fmt: skip
    said = ran.stderr.decode(errors="replace")
    assert "Traceback" not in said, said
    return {v: int(line.rpartition(" ")[2]) for line in said.splitlines() for v in words
            if line.rpartition(" ")[0] == v}, said  # fmt: skip


@pytest.mark.parametrize(
    "verbs",
    [["methods", "compare", "describe", "split"], pytest.param([*WRITING, *READING], marks=pytest.mark.slow)],
    ids=["few", "all"],
)
def test_a_terminal_that_knows_nothing_but_ascii_is_served(verbs, world, tmp_path):
    environment = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    codes, said = many("", world, tmp_path, environment, verbs)
    assert codes == dict.fromkeys(verbs, 0), said


def test_the_verbs_that_the_install_page_names_need_torch_and_say_so_and_no_others(world, tmp_path):
    named = re.search(r"how to get it; these are (.*?)\.\s", INSTALL.read_text(), re.DOTALL)[1]
    needing = re.findall(r"`([a-z ]+)`", named)
    assert set(needing) < {*WRITING, *READING}
    codes, said = many(BLOCKED, world, tmp_path, {})
    expected = {v: 2 if v in needing else 0 for v in [*WRITING, *READING]}
    assert codes == expected, said
    assert said.count("torch, which cannot be loaded") == list(expected.values()).count(2), said
    assert said.count("pip install 'vcem[torch]'") >= list(expected.values()).count(2), said
