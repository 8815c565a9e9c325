"""`vcem import`: an archive into a catalogue."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from rich.console import Console
from rich.progress import track
from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.errors import UsageError
from vcem.core.terms import Origin
from vcem.ingest.cdd_cesm import Imported, Options, import_cdd_cesm
from vcem.ingest.drawings import OutlineSource
from vcem.ingest.reading import Reading
from vcem.ingest.register import MIN_QUALITY


@dataclass(frozen=True)
class CddCesm:
    """A copy of the CDD-CESM release, at any resolution."""

    source: Annotated[Positional[Path], arg(metavar="SRC")]
    """Folder with the two image folders, the workbook and the table of outlines."""
    out: Annotated[Positional[Path], arg(metavar="OUT")]
    """Catalogue folder to write."""
    outlines: OutlineSource = OutlineSource.CSV
    """Where lesion outlines are read: the table of outlines, the folder of masks, or nowhere."""
    origin: Origin = Origin.CLINICAL
    """Where the pixels come from; travels in every later manifest, table and picture."""
    min_quality: float = MIN_QUALITY
    """Registrations of lower quality are listed as failed, not guessed."""
    jobs: int = os.cpu_count() or 1
    """Worker processes; the result does not depend on it."""


def run(words: list[str]) -> int:
    """Run the verb."""
    if not words or words[0] in ("-h", "--help"):
        say(f"usage: vcem import ARCHIVE SRC OUT\n\n  cdd-cesm  {CddCesm.__doc__}")
        say("\nvcem import ARCHIVE --help tells more.")
        return 0 if words else 2
    if words[0] != "cdd-cesm":
        raise UsageError(f"There is no archive {words[0]!r}.", "cdd-cesm", "vcem import cdd-cesm SRC OUT")
    args = parse(CddCesm, words[1:], "import cdd-cesm")
    options = Options(args.outlines, args.origin, args.min_quality, args.jobs)
    made = import_cdd_cesm(args.source, args.out, options, _watch)
    _tell(made, args.out)
    return 0


def _watch(readings: Iterable[Reading | str], count: int) -> Iterable[Reading | str]:
    return track(readings, "registering", total=count, console=Console(stderr=True), transient=True)


def _tell(made: Imported, out: Path) -> None:
    patients = len({pair.patient for pair in made.pairs})
    registered = sum(pair.registered for pair in made.pairs)
    say(f"{len(made.pairs)} pairs of {patients} patients, {len(made.outlines)} outlines -> {out}")
    say(f"{registered} of {len(made.pairs)} pairs registered")
    if made.agreement:
        a = made.agreement
        say(
            f"outlines copied from LE to DES disagree with the registration by {a.median:.1f} px (median), "
            f"{a.p90:.1f} px (90th percentile) of the original image, {a.pairs} pairs"
        )
    if made.skipped:
        say(f"{len(made.skipped)} remarks on what was left out or is missing: {out / 'skipped.csv'}")
