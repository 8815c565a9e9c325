import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tyro.conf import Positional

from vcem.cli.words import parse, say
from vcem.core.terms import Protocol


@dataclass(frozen=True)
class Args:
    """Do a thing."""

    place: Positional[Path]
    """Where."""
    protocol: Protocol = Protocol.STRICT
    """How."""


def test_words_fill_the_dataclass():
    assert parse(Args, ["here", "--protocol", "paper"], "do") == Args(Path("here"), Protocol.PAPER)


@pytest.mark.parametrize("words", [[], ["here", "--protocol", "loose"], ["here", "--porotcol", "paper"]])
def test_wrong_words_end_with_code_2(words, capsys):
    with pytest.raises(SystemExit) as caught:
        parse(Args, words, "do")
    assert caught.value.code == 2
    assert "vcem do" in capsys.readouterr().err


def test_a_result_is_one_line(capsys):
    say("done")
    assert capsys.readouterr().out == "done\n"


def test_a_place_without_the_extra_says_which_one_is_lacking(tmp_path):
    code = f"""
import sys
sys.modules["dask"] = sys.modules["distributed"] = None
from vcem.cli.main import main
sys.exit(main(["simulate", {str(tmp_path / "out")!r}, "--patients", "1", "--on", "local:2"]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install 'vcem[cluster]'" in done.stderr
    assert not (tmp_path / "out").exists()
