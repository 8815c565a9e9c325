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
