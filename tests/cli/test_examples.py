import re
import shlex
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from vcem.cli.completion import names
from vcem.cli.examples import EXAMPLES
from vcem.cli.main import dispatch, main
from vcem.cli.words import asked, read

ROOT = Path(__file__).parents[2]
VERBS = [" ".join([verb, own]).strip() for verb, group in names().items() for own in group or [""]]
FENCED = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def understood(line):
    """Have a verb's own parser read a command and do nothing else."""
    words = shlex.split(line, comments=True)
    ends = [words.index(sign) for sign in ("&&", "||", "|", ">", "2>") if sign in words]
    assert read(*asked(partial(dispatch, words[1 : min(ends, default=None)])))


def commands(path):
    text = "\n".join(FENCED.findall(path.read_text("utf-8"))).replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip().startswith("vcem ")]


@pytest.mark.parametrize("verb", VERBS)
def test_the_example_of_a_verb_is_understood_by_it_and_ends_its_help(verb, capsys):
    line = f"vcem {verb} {EXAMPLES[verb]}"
    understood(line)
    with suppress(SystemExit):
        main([*verb.split(), "--help"])
    assert f"Example: {line}" in capsys.readouterr().out


def test_there_is_no_example_of_another_verb():
    assert sorted(EXAMPLES) == sorted(VERBS)


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda p: f"{p.parent.name}/{p.name}"
)
def test_commands_of_the_docs_are_understood(path):
    for line in commands(path):
        try:
            understood(line)
        except BaseException as error:
            pytest.fail(f"{line}: {error!r}")
