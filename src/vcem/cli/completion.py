"""`vcem completion`: what the Tab key completes, as tyro writes it for each shell."""

from dataclasses import dataclass, field, make_dataclass
from functools import partial
from typing import Annotated, Any, Literal, Union

import tyro
from tyro.conf import Positional, arg, subcommand

from vcem.cli.words import CONFIG, asked, parse


@dataclass(frozen=True)
class Completion:
    """Print a script by which a shell completes verbs and options (docs/how-to/complete-words.md)."""

    shell: Annotated[Positional[Literal["bash", "zsh", "fish"]], arg(metavar="SHELL")]
    """bash, zsh or fish."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Completion, words, "completion")
    try:
        tyro.cli(_whole(), prog="vcem", args=["--tyro-print-completion", args.shell], config=CONFIG)
    except SystemExit as end:  # so tyro ends when it has printed
        return int(end.code or 0)
    raise AssertionError("tyro prints completions and exits")


def names() -> dict[str, tuple[str, ...]]:
    """Return every verb, with its own verbs if it is a group."""
    from vcem.cli.gateway import VERBS as OF_GATEWAY
    from vcem.cli.import_ import ARCHIVES
    from vcem.cli.main import VERBS
    from vcem.cli.study import VERBS as OF_STUDY

    groups = {"study": tuple(OF_STUDY), "gateway": tuple(OF_GATEWAY), "import": tuple(ARCHIVES)}
    return {verb: groups.get(verb, ()) for verb in VERBS}


def options_of(*verb: str) -> type[Any]:
    """Return the dataclass of a verb's options."""
    from vcem.cli.main import dispatch

    return asked(partial(dispatch, list(verb)))[0]


def _whole() -> Any:  # noqa: ANN401 (a union of dataclasses made here)
    """Return the whole command as tyro knows one: a union of its verbs, of which groups are such unions again."""
    from vcem.cli.main import VERBS

    verbs = []
    for verb, own in names().items():
        about = VERBS[verb][1]
        options = _group(verb, own) if own else options_of(verb)
        verbs.append(Annotated[options, subcommand(verb, description=about, prefix_name=False)])
    return Union[tuple(verbs)]  # noqa: UP007 (there is no other way to write one of a list)


def _group(verb: str, own: tuple[str, ...]) -> type[Any]:
    ways = [Annotated[options_of(verb, name), subcommand(name, prefix_name=False)] for name in own]
    marked: Any = Annotated[Union[tuple(ways)], tyro.conf.OmitArgPrefixes]  # noqa: UP007
    return make_dataclass(verb.title(), [("verb", marked, field())])
