"""From the words after a verb to its dataclass, with tyro; wrong words end with exit code 2."""

import sys
from collections.abc import Sequence
from typing import TypeVar

import tyro

T = TypeVar("T")


def parse(cls: type[T], words: Sequence[str], verb: str) -> T:
    """Fill a verb's dataclass from the command line; the fields' docstrings are the help."""
    return tyro.cli(
        cls, args=list(words), prog=f"vcem {verb}", description=cls.__doc__, config=(tyro.conf.EnumChoicesFromValues,)
    )


def say(text: str) -> None:
    """Print one line of result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
