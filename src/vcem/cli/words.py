"""From the words after a verb to its dataclass, with tyro; wrong words end with exit code 2."""

import sys
from collections.abc import Sequence
from typing import TypeVar, get_args, get_type_hints

import tyro

from vcem.core.called import tell, words_of

T = TypeVar("T")
POSITIONAL = get_args(tyro.conf.Positional[int])[1]  # how tyro marks an option that has no flag


def parse(cls: type[T], words: Sequence[str], verb: str) -> T:
    """Fill a verb's dataclass from the command line, and tell its options to what it makes.

    The fields' docstrings are the help.
    """
    args = tyro.cli(
        cls, args=list(words), prog=f"vcem {verb}", description=cls.__doc__, config=(tyro.conf.EnumChoicesFromValues,)
    )
    hints = get_type_hints(cls, include_extras=True)
    places = [name for name, hint in hints.items() if POSITIONAL in get_args(hint)]
    tell(words_of(verb, vars(args), places))
    return args


def say(text: str) -> None:
    """Print one line of result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
