"""`vcem study analyse`: open the truth and report."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.errors import UsageError


@dataclass(frozen=True)
class Analyse:
    """End the reading for good, join the answers with the sealed truth, and write tables and one page.

    While answers are missing or sessions are not closed it refuses.
    """

    study: Annotated[Positional[Path], arg(metavar="STUDY")]
    """Folder made by vcem study new, with its answers."""
    truth: Path
    """The sealed truth of this study."""
    out: Path
    """Folder for index.html, results.csv and answers.csv; a multi-reader study adds ratings.csv, ratings.imrmc and
    mrmc.json."""
    because: str = ""
    """Why the reading ends although answers are missing; it is written over the results."""
    interim: str = ""
    """Why you look before the end, as a registered plan may say; noted in the log and over every later result."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Analyse, words, "study analyse")
    from vcem.folders.study import PAGE
    from vcem.study.analysis import analyse_study
    from vcem.study.ending import end
    from vcem.study.folder import open_study, open_truth
    from vcem.study.record import open_record
    from vcem.study.web.clock import steady_clock

    study, clock = open_study(args.study), steady_clock()
    open_truth(study, args.truth)  # first: a mistyped path ends nothing
    with closing(open_record(study.folder, study.protocol)) as record:
        ended = record.end()
    if args.because and (ended or args.interim):
        raise UsageError(
            f"--because is given, but {'the reading has ended already' if ended else '--interim too'}.",
            "--because to end a reading that goes on, or --interim to look while it does",
        )
    with closing(open_record(study.folder, study.protocol, write=ended is None)) as record:
        if not ended and not args.interim:
            end(study, record, clock, args.because)
        for line in analyse_study(study, record, args.truth, args.out, args.interim, clock):
            say(line)
    say(f"{args.out / PAGE}")
    return 0
