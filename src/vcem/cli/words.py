"""From the words after a verb to its dataclass, with tyro; wrong words end with exit code 2."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeVar, get_args, get_type_hints

import tyro

from vcem.core.called import tell, words_of
from vcem.core.errors import FailureError
from vcem.engine import Failed, go

T = TypeVar("T")
POSITIONAL = get_args(tyro.conf.Positional[int])[1]  # how tyro marks an option that has no flag


@dataclass(frozen=True)
class Placed:
    """A verb whose units can be done elsewhere than in processes of this machine."""

    on: Annotated[str | None, tyro.conf.arg(metavar="PLACE")] = field(default=None, kw_only=True)
    """Workers for the units: local:N, tls://HEAD:8786, or a scheduler's file; the result does not depend on it."""


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
    if isinstance(args, Placed) and args.on:
        from vcem.engine.distributed import cluster

        go(cluster(args.on))
    return args


def say_each(results: Iterable[str | Failed], what: str) -> int:
    """Print each result, or why it failed, as it is done; return how many there are.

    Raises:
        FailureError: if any failed, naming them; `what` names many, such as "folds".
    """
    failed, count = [], 0
    for result in results:
        count += 1
        if isinstance(result, Failed):
            failed.append(result.name)
        say(f"failed: {result.error}" if isinstance(result, Failed) else result)
    if failed:
        raise FailureError(
            f"{len(failed)} of {count} {what} failed: {', '.join(failed)}; their messages are above.",
            "",
            "mend that and run the same command again: the others are done and are skipped",
        )
    return count


def say(text: str) -> None:
    """Print one line of result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
