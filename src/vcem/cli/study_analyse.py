"""`vcem study analyse`: open the truth and report."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say


@dataclass(frozen=True)
class Analyse:
    """Join the answers with the sealed truth and write tables and one page. Open the truth when all have read."""

    study: Annotated[Positional[Path], arg(metavar="STUDY")]
    """Folder made by vcem study new, with its answers."""
    truth: Path
    """The sealed truth of this study."""
    out: Path
    """Folder for index.html, results.csv and answers.csv; a multi-reader study adds ratings.csv, ratings.imrmc and
    mrmc.json."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Analyse, words, "study analyse")
    from vcem.folders.study import PAGE
    from vcem.study.analysis import analyse_study
    from vcem.study.folder import open_study
    from vcem.study.record import open_record

    study = open_study(args.study)
    with closing(open_record(study.folder, study.protocol)) as record:
        for line in analyse_study(study, record, args.truth, args.out):
            say(line)
    say(f"{args.out / PAGE}")
    return 0
