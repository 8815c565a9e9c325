"""`vcem gateway run`: the service itself, until SIGTERM or SIGINT."""

import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say


@dataclass(frozen=True)
class Run:
    """Take in LE images, draw virtual DES images, send them back. Research only, not for diagnosis."""

    settings: Annotated[Positional[Path], arg(metavar="SETTINGS.toml")]
    """What to do: docs/reference/recipes.md explains the fields."""
    dry_run: bool = False
    """Draw and keep results in the folder, and send nothing."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Run, words, "gateway run")
    from vcem.gateway.service import serving
    from vcem.gateway.settings import read_gateway

    gateway = read_gateway(args.settings)
    gateway = replace(gateway, dry_run=gateway.dry_run or args.dry_run)
    os.umask(0o077)  # what comes in is of patients
    stop = Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    with serving(gateway):
        if gateway.receive:
            say(f"{gateway.receive.title} listens at {gateway.receive.host}:{gateway.receive.port}")
        say("AI, research only, not for diagnosis: enhancement can be missing or invented")
        stop.wait()
    say("stopped; what is queued goes on with the next start")
    return 0
