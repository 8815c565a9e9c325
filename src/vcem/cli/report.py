"""`vcem report`: one page of tables and pictures out of scored runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.errors import UsageError
from vcem.report.beside import PAGE, compare_reports, is_report
from vcem.report.differences import verdicts
from vcem.report.make import TITLE, Asked, make_report
from vcem.report.paper import MAIN
from vcem.report.tables import count


@dataclass(frozen=True)
class Report:
    """Make one self-contained HTML page, CSV tables and Markdown tables of scored runs; or of two reports."""

    runs: Annotated[Positional[tuple[Path, ...]], arg(metavar="RUNS...")]
    """Folders that vcem crossval filled; of all recipes, of one, or of one fold. Two folders that are reports are put
    beside each other."""
    out: Path
    """Folder to write index.html, tables.md, the CSV files and pictures to."""
    data: Path | None = None
    """Prepared folder, for pictures and leak report; if not given, the one beside the runs that has their check sum."""
    control: tuple[Path, ...] = ()
    """Folders of runs on a simulated cohort whose uptake is decoupled from looks: the shuffle control."""
    external: Path | None = None
    """Folder of vcem validate: the same networks on other data, put beside the internal results."""
    detectors: Path | None = None
    """Folder of vcem detect: what virtual DES adds to finding lesions, beside LE and real DES."""
    uncertainty: tuple[Path, ...] = ()
    """Folders of vcem calibrate: what intervals hold, and what the stated uncertainty is worth."""
    paper: Path | None = None
    """Also write Tables 4.1 and 4.2, Figure 5 and the free-response curve here, as LaTeX and PDF for a manuscript."""
    title: str = TITLE
    """Heading of the page."""
    date: str = ""
    """Printed under the heading as given; no clock is read."""
    machine: bool = False
    """Also describe this machine: processor, cores, Python and PyTorch."""
    seed: int = 0
    """Of the bootstrap and the randomisation tests."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Report, words, "report")
    if not args.runs:
        raise UsageError("report needs a folder of runs.", "vcem report RUNS... --out DIR")
    if any(map(is_report, args.runs)):
        return _beside(args)
    asked = Asked(args.title, args.date, args.machine, args.seed, args.data, args.control, args.external,
                  args.detectors, args.uncertainty, args.paper)  # fmt: skip
    study, page = make_report(args.runs, args.out, asked)
    say(page.headline[1])
    for verdict in verdicts(study):
        say(str(verdict))
    for warning in page.warnings:
        say(f"beware: {warning}")
    if args.paper:
        say(f"{args.paper / MAIN}: tables and figures for a manuscript")
    say(f"{args.out / PAGE}: {count(len(study.runs), 'run')}, {study.stamp}")
    return 0


def _beside(args: Report) -> int:
    """Put two reports beside each other; of the options only title, date and seed are for that."""
    if len(args.runs) != 2 or not all(map(is_report, args.runs)):
        raise UsageError(f"{len(args.runs)} folders, reports among them.", "two reports, or folders of runs")
    plain = Report(args.runs, args.out, title=args.title, date=args.date, seed=args.seed)
    if args != plain:
        raise UsageError("An option that two reports have no use for.", "--out, --title, --date and --seed alone")
    title = "" if args.title == TITLE else args.title
    page = compare_reports(*args.runs, args.out, title, args.date, args.seed)
    say(page.headline[1])
    for warning in page.warnings:
        say(f"beware: {warning}")
    say(f"{args.out / PAGE}: {page.stamp}")
    return 0
