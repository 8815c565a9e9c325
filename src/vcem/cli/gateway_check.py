"""`vcem gateway check`: whether a gateway could work as it is set."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say


@dataclass(frozen=True)
class Check:
    """Open the model, look at the disk, and ask every destination by C-ECHO or QIDO; exit code 1 if one fails."""

    settings: Annotated[Positional[Path], arg(metavar="SETTINGS.toml")]
    """What vcem gateway run takes."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Check, words, "gateway check")
    from vcem.gateway.check import check
    from vcem.gateway.settings import read_gateway

    code = 0
    for one in check(read_gateway(args.settings)):
        say(f"{'ok    ' if one.works else 'FAILED'}  {one.what}: {one.found}")
        code = code if one.works else 1
    return code
