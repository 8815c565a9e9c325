"""`vcem release`: a data set fit for release out of a de-identified folder."""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.progress import watching
from vcem.cli.words import Placed, parse, say
from vcem.core.errors import UsageError
from vcem.core.terms import Origin
from vcem.dicom.deidentify_folder import Settings
from vcem.dicom.key_file import read_key, refuse_inside
from vcem.dicom.profile import read_profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.vendors import read_rules
from vcem.dicom.verify_folder import Verdict
from vcem.folders.release import LEFT_OUT
from vcem.ingest.release.citation import read_citation
from vcem.ingest.release.folder import Draft, Terms, counts, draft, finish, write
from vcem.ingest.release.search import search
from vcem.ingest.release.terms import read_terms

SHOWN = 20  # leaks that are printed


@dataclass(frozen=True)
class Release(Placed):
    """Make a data set fit for release out of a de-identified folder and search all of it; the same command resumes."""

    source: Annotated[Positional[Path], arg(metavar="SRC")]
    """Folder that vcem deidentify has finished."""
    out: Annotated[Positional[Path], arg(metavar="OUT")]
    """Folder to write."""
    originals: Path
    """The archive that SRC was made of: the release is searched for what identifies in it."""
    key: Path
    """The key file that SRC was made with; it leads from original ids in the reports to pseudonyms."""
    licence: str
    """SPDX identifier of the data's licence, such as CC-BY-4.0, or LicenseRef-NAME. None is assumed."""
    citation: Path
    """TOML file with title and authors, for CITATION.cff and README.md."""
    licence_file: Path | None = None
    """Full text of the licence, in place of a notice with its address."""
    reports: Path | None = None
    """CSV table of report and biopsy facts; columns and terms outside a closed list are refused."""
    terms: Path | None = None
    """Further terms that findings may hold, one per line."""
    rules: Path | None = None
    """Table of what may stay, if SRC was made with one."""
    image_rules: Path | None = None
    """Table of rules that say which image is LE, HE or DES, besides those of vcem/dicom/vendors.toml."""
    verify: bool = False
    """Write nothing: search OUT again, and hold it against its check sums."""
    jobs: int = os.cpu_count() or 1
    """Worker processes; the result does not depend on it."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Release, words, "release")
    made = draft(args.source, _settings(args), _terms(args), read_rules(args.image_rules))
    if args.verify:
        if not args.out.is_dir():
            raise UsageError(f"{args.out} is not a folder.", "a release to search")
        return _told(search(made, watching("searching", "files")), args.out)
    write(made, watching("copying", "files"))
    _tell(made)
    verdict = search(made, watching("searching", "files"))
    code = _told(verdict, args.out)
    if code == 0:
        finish(made, verdict.closed)
    return code


def _settings(args: Release) -> Settings:
    if args.jobs < 1:
        raise UsageError(f"{args.jobs} jobs are impossible.", "1 or more")
    if not args.originals.is_dir():
        raise UsageError(f"{args.originals} is not a folder.", "the archive that was de-identified")
    apart = {"The key file": args.key, "The table of reports": args.reports, "The archive": args.originals,
             "The source": args.source}  # fmt: skip
    for what, path in apart.items():
        if path is not None:
            refuse_inside(path, args.out, what)
    for folder in (args.source, args.originals):
        if args.out.resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"{args.out} lies inside {folder}.", "a folder apart from both")
    return Settings(args.originals, args.out, Pseudonyms(read_key(args.key)), read_profile(args.rules), args.jobs)


def _terms(args: Release) -> Terms:
    citation = read_citation(args.citation)
    return Terms(citation, args.licence, args.licence_file, args.reports, read_terms(args.terms))


def _tell(made: Draft) -> None:
    images, patients, pairs = counts(made)
    say(f"{images} images of {patients} patients, {pairs} LE/DES pairs -> {made.settings.out}")
    reasons = Counter(one.why.split(":")[0] for one in made.plan.left_out)
    for why, count in sorted(reasons.items()):
        say(f"left out: {count}, {why}: {made.settings.out / LEFT_OUT}")
    if made.unmatched:
        say(f"{made.unmatched} rows of the reports speak of nobody or no exam in {made.source}")
    if made.plan.origin is Origin.SIMULATED:
        say("simulated, not clinical")


def _told(verdict: Verdict, out: Path) -> int:
    for leak in verdict.leaks[:SHOWN]:
        say(f"LEAK {out / leak.file}: {leak.what}")
    if verdict.leaks:
        say(f"{len(verdict.leaks)} leaks in {len({leak.file for leak in verdict.leaks})} files: do not release {out}")
        return 1
    say(f"searched {verdict.files} files for {verdict.searched} UIDs, names and numbers, and all that each original "
        "says of itself, in the forms that manifest.json names: nothing found")  # fmt: skip
    if verdict.closed:
        say(f"{verdict.closed} files or folders of the originals could not be opened: what they say was not searched")
    say("no program reads what is drawn into pixels: look at the images (vcem look) before you release them")
    return 0
