"""`vcem study verify`: is everything as it was frozen and answered?"""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.errors import FailureError, UsageError


@dataclass(frozen=True)
class Verify:
    """Check the frozen files of a study and the chain of its log; exit code 1 if anything was changed.

    A log whose end was cut off, or that was written anew, holds together: only a head that was noted tells.
    """

    study: Annotated[Positional[Path], arg(metavar="STUDY")]
    """Folder made by vcem study new."""
    head: str = ""
    """The head of the log as it was noted last: a reader's page shows it when answers are stored, serve when it stops,
    the admin page and verify itself at any time. The log must still hold that entry."""
    truth: Path | None = None
    """The sealed truth: check that its secret draws the frozen orders, arms and names again. Unblinds nobody."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Verify, words, "study verify")
    from vcem.study.analysis import strange, verify_lines
    from vcem.study.folder import changed_files, drawn_again, open_study, open_truth, refuse_changed
    from vcem.study.record import open_record

    study = open_study(args.study)
    changed = changed_files(study)
    with closing(open_record(study.folder, study.protocol)) as record:
        for line in verify_lines(study, record, changed):
            say(line)
        if late := record.clock_went_back():
            say(f"beware: the clock was set back after {late}; washouts are counted by it")
        end, held = record.head(), record.holds(args.head)
        added = strange(study, record.entries())
    refuse_changed(study)
    if added:
        told = "\n".join(f"  {line}" for line in added)
        raise FailureError(f"{len(added)} entries of the log are not ones that the server writes:\n{told}",
                           "a log that the server alone wrote", "the analysis sets such answers aside")  # fmt: skip
    if args.truth and not drawn_again(study, open_truth(study, args.truth)):
        raise FailureError(f"The secret of {args.truth} does not draw these orders.", "the release that made the study")
    if not args.head:
        raise UsageError(
            "No head was given: whether the log lost its end or was written anew cannot be known.",
            "--head with the last head that was noted, by a reader or when the server stopped",
            "compare the head above with it",
        )
    if not held:
        raise FailureError(
            f"The log ends with {end} and does not hold the head {args.head}.",
            "the log that gave that head: none cut off, none written anew, with its file -wal where there is one",
            "go back to a copy of the study folder",
        )
    return 0
