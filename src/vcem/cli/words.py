"""From the words after a verb to its dataclass, with tyro; wrong words end with exit code 2."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib import import_module
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

import tyro

from vcem.cli.examples import EXAMPLES
from vcem.core.called import tell, words_of
from vcem.core.errors import FailureError, UsageError
from vcem.engine import Failed, go

T = TypeVar("T")
CONFIG = (tyro.conf.EnumChoicesFromValues,)
_asking: ContextVar[bool] = ContextVar("asking", default=False)
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
    if _asking.get():
        raise _Asked(cls, words, verb)
    args = read(cls, words, verb)
    hints = get_type_hints(cls, include_extras=True)
    places = [name for name, hint in hints.items() if POSITIONAL in get_args(hint)]
    tell(words_of(verb, vars(args), places))
    if isinstance(args, Placed) and args.on:
        from vcem.engine.distributed import cluster

        go(cluster(args.on))
    return args


def read(cls: type[T], words: Sequence[str], verb: str) -> T:
    """Fill a verb's dataclass from the command line and do nothing else."""
    about = f"{cls.__doc__}\n\nExample: vcem {verb} {EXAMPLES.get(verb, '')}"
    return tyro.cli(cls, args=list(words), prog=f"vcem {verb}", description=about, config=CONFIG)


class _Asked(Exception):  # noqa: N818 (it is no error)
    """What a verb hands to `parse`, instead of its work."""


def asked(run: Callable[[], object]) -> tuple[type[Any], list[str], str]:
    """Return the dataclass, words and name that a verb hands to `parse`, which is the first that it does."""
    token = _asking.set(True)
    try:
        run()
    except _Asked as found:
        cls, words, verb = found.args
        return cls, list(words), verb
    finally:
        _asking.reset(token)
    raise AssertionError("a verb parses its words before all else")


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


def run_one_of(group: str, verbs: Mapping[str, tuple[str, str, str]], words: list[str]) -> int:
    """Run the verb of a group that the first word names, its module imported only then.

    Args:
        group: the words before it, such as "study".
        verbs: module, function and a line of help of each.
        words: what was said after the group.

    Raises:
        UsageError: if the group has no such verb.
    """
    if not words or words[0] in ("-h", "--help"):
        lines = "\n".join(f"  {verb:12}{what}" for verb, (_, _, what) in verbs.items())
        say(f"usage: vcem {group} VERB ...\n\n{lines}\n\nvcem {group} VERB --help says more about each verb.")
        return 0 if words else 2
    if words[0] not in verbs:
        raise UsageError(
            f"There is no verb {words[0]!r} of vcem {group}.", f"one of {', '.join(verbs)}", f"vcem {group} --help"
        )
    module, function, _ = verbs[words[0]]
    code: int = getattr(import_module(f"vcem.cli.{module}"), function)(words[1:])
    return code


def say(text: str) -> None:
    """Print one line of result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
