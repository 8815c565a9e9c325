"""`vcem study password`: give a reader a password."""

import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from getpass import getpass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.errors import UsageError


@dataclass(frozen=True)
class Password:
    """Ask for a reader's new password; only its argon2 hash is kept. It counts where serve has --passwords."""

    study: Annotated[Positional[Path], arg(metavar="STUDY")]
    """Folder made by vcem study new."""
    reader: Annotated[Positional[str], arg(metavar="READER")]
    """Name of a reader in the design."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Password, words, "study password")
    from vcem.study.folder import open_study
    from vcem.study.web.passwords import Passwords

    study = open_study(args.study)
    names = [r.name for r in study.design.readers]
    if args.reader not in names:
        raise UsageError(f"{args.reader} is not a reader of this study.", f"one of {', '.join(names)}")
    chosen = _asked()
    with closing(Passwords(study.folder)) as passwords:
        passwords.set(args.reader, chosen, datetime.now(UTC))
    say(f"{args.reader} has a new password")
    return 0


def _asked() -> str:
    """Return what was typed unseen, twice the same; or the first line of a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first, again = getpass("new password: "), getpass("the same again: ")
    if first != again:
        raise UsageError("The two passwords differ.", "the same twice")
    return first
