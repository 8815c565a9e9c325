"""`vcem study verify`: is everything as it was frozen and answered?"""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from vcem.cli.words import parse, say
from vcem.core.errors import FailureError


@dataclass(frozen=True)
class Verify:
    """Check the frozen files of a study and the chain of its log; exit code 1 if anything was changed."""

    study: Positional[Path]
    """Folder made by vcem study new."""
    head: str = ""
    """A check sum that verify printed earlier: the log must still hold that entry, so nothing was cut off since."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Verify, words, "study verify")
    from vcem.study.analysis import verify_lines
    from vcem.study.folder import changed_files, open_study
    from vcem.study.record import open_record

    study = open_study(args.study)
    changed = changed_files(study)
    with closing(open_record(study.folder, study.protocol)) as record:
        for line in verify_lines(study, record, changed):
            say(line)
        if late := record.clock_went_back():
            say(f"beware: the clock was set back after {late}; washouts are counted by it")
        hashes = [e.hash for e in record.entries()]
    if changed:
        raise FailureError(f"{study.folder / changed[0]} is not as it was frozen.", "the file as it was made")
    if args.head and args.head not in (study.protocol, *hashes):
        raise FailureError(f"The log does not hold the entry {args.head}.", "a log from which nothing was cut off")
    return 0
