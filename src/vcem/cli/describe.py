"""`vcem describe`: Table 2.1 of a catalogue."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from rich.console import Console
from rich.table import Table
from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.folders.catalogue import DESCRIPTION, TABLE, read_catalogue
from vcem.ingest.describe import Line, describe, merged, write_description


@dataclass(frozen=True)
class Describe:
    """Print Table 2.1 of a catalogue and write it as CSV and Markdown."""

    catalogue: Annotated[Positional[Path], arg(metavar="CATALOGUE")]
    """Folder made by vcem import."""
    out: Path | None = None
    """Folder to write; without it, CATALOGUE/description."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Describe, words, "describe")
    catalogue = read_catalogue(args.catalogue)
    lines = describe(catalogue)
    title = f"{args.catalogue.resolve().name}, {catalogue.origin}"
    Console().print(_table(lines, title))
    out = args.out or args.catalogue / DESCRIPTION
    write_description(out, lines, title)
    say(f"written: {' and '.join(str(out / name) for name in TABLE)}")
    return 0


def _table(lines: list[Line], title: str) -> Table:
    table = Table(title=f"Table 2.1: {title}", show_header=False)
    for side in ("left", "left", "right", "left"):
        table.add_column(justify="right" if side == "right" else "left")
    for line in merged(lines):
        table.add_row(line.group, line.item, str(line.count), line.unit)
    return table
