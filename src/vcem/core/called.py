"""The command that is running, as it is kept in what it makes: its resolved options, no clock and no path.

Where a folder or file stood on one machine says nothing on another: a path is kept as the name of its option, but for
a recipe's, which keeps its own name. What no result depends on is not kept, so that same command, same bytes.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from pathlib import Path
from typing import Any

FIELD = "called"
IDLE = ("jobs", "on", "read_all", "json")  # options on which no result depends
_command: ContextVar[str] = ContextVar("command", default="")


@contextmanager
def calling(command: str = "") -> Iterator[None]:
    """Keep commands that are told within to what is done within."""
    token = _command.set(command)
    try:
        yield
    finally:
        _command.reset(token)


def tell(command: str) -> None:
    """Say which command is running."""
    _command.set(command)


def command() -> str:
    """Return the command that is running; "" where a program calls without one."""
    return _command.get()


def words_of(verb: str, options: Mapping[str, Any], positional: Iterable[str] = ()) -> str:
    """Return a command: its positional options, then all others that have a value."""
    places = [f for name in positional for f in _cells(name, options[name])]
    named = [word for name, value in options.items() if name not in (*positional, *IDLE)
             for word in _option(name, value)]  # fmt: skip
    return " ".join(["vcem", verb, *places, *named])


def _option(name: str, value: object) -> list[str]:
    flag = f"--{name.replace('_', '-')}"
    if value is True:
        return [flag]
    cells = [] if value is False else _cells(name, value)
    return [flag, *cells] if cells else []


def _cells(name: str, value: object) -> list[str]:
    if isinstance(value, tuple | list):
        return [cell for one in value for cell in _cells(name, one)]
    if isinstance(value, Path):
        return [value.name if value.suffix == ".toml" else name.upper().replace("_", "-")]
    text = "" if value is None else str(value.value if isinstance(value, Enum) else value)
    model, is_named, place = text.rpartition("=")  # NAME=FOLDER, or a folder alone
    if "/" in place and Path(place).exists():
        text = f"{model}{is_named}{name.upper().replace('_', '-')}"
    return [] if not text else [f"'{text}'" if " " in text else text]


def chain(*before: Mapping[str, Any]) -> list[str]:
    """Return the commands that led to something: those kept in what it was made of, then the one that is running."""
    kept = [line for facts in before for line in facts.get(FIELD, ())]
    return list(dict.fromkeys([*kept, *filter(None, [command()])]))
