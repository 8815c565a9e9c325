import os
import subprocess
import sys
from contextlib import suppress

import pytest

from vcem.cli.main import VERBS, main


def test_help_names_every_verb_and_loads_no_torch():
    code = "import sys; from vcem.cli.main import main; main(['--help']); print('torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "False"
    assert all(f"  {verb} " in shown for verb in VERBS)


def test_no_verb_is_wrong_use(capsys):
    assert main([]) == 2
    assert "usage: vcem" in capsys.readouterr().out


def test_an_unknown_verb_is_told_without_a_traceback(capsys):
    assert main(["improt"]) == 2
    told = capsys.readouterr().err
    assert "improt" in told
    assert "import" in told
    assert "Traceback" not in told


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("vcem 0.")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb, capsys):
    with suppress(SystemExit):  # tyro leaves by an exit of its own
        assert main([verb, "--help"]) == 0
    assert f"vcem {verb}" in capsys.readouterr().out


def test_a_reader_of_its_lines_who_leaves_early_gets_no_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "vcem.cli.main", "--help"]
    ran = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (141, "")
