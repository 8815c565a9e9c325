"""`vcem deidentify`: mammograms without their patients, searched before they are called finished."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

from tyro.conf import Positional, arg

from vcem.cli.progress import watching
from vcem.cli.words import Placed, parse, say
from vcem.core.errors import UsageError
from vcem.core.lock import held
from vcem.dicom.crosswalk import write_crosswalk
from vcem.dicom.deidentify_folder import (
    Row,
    Settings,
    begin,
    check_apart,
    deidentify_folder,
    finish,
    text_in_pixels,
)
from vcem.dicom.drawn_text import reader_name
from vcem.dicom.key_file import read_key, refuse_inside
from vcem.dicom.profile import read_profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.verify_folder import Verdict, verify_folder
from vcem.folders.catalogue import SKIPPED
from vcem.folders.release import FILES

T = TypeVar("T")
_FILE = re.compile(r"F[0-9a-f]{16}")
SHOWN = 20  # leaks that are printed


@dataclass(frozen=True)
class Deidentify(Placed):
    """De-identify digital mammograms by PS3.15 and search the result for what identifies; the same command resumes."""

    source: Annotated[Positional[Path], arg(metavar="SRC")]
    """Folder with DICOM files in it, at any depth; what is not a mammogram fit for release is left out and listed."""
    out: Annotated[Positional[Path], arg(metavar="OUT")]
    """Folder to write; holds no word of the originals, file names included."""
    key: Path
    """File of 32 random bytes outside of OUT. Same key, same pseudonyms; who has it can link them."""
    make_key: bool = False
    """Make the key file if it is absent."""
    crosswalk: Path | None = None
    """Also write the table from originals to pseudonyms here, outside of OUT, readable by you alone."""
    rules: Path | None = None
    """Table of what may stay, in place of the one that comes with the program."""
    read_text: bool = False
    """Set images aside in whose pixels an OCR reads more than a marker of side and view; needs vcem[ocr]."""
    looked_at: Path | None = None
    """File names of skipped.csv, one per line, that somebody has looked at: text read in them holds none back."""
    verify: bool = False
    """Write nothing: search an output folder again for what identifies in SRC."""
    jobs: int = os.cpu_count() or 1
    """Worker processes; the result does not depend on it."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Deidentify, words, "deidentify")
    settings = _settings(args)
    if args.verify:
        return _told(verify_folder(settings, watching("searching", "files")), args.out, settings)
    check_apart(settings)
    with held(settings.out, "de-identifying"):
        return _deidentify(args, settings)


def _deidentify(args: Deidentify, settings: Settings) -> int:
    begin(settings)
    rows = deidentify_folder(settings, watching("de-identifying", "files"))
    if args.crosswalk:
        write_crosswalk(args.crosswalk, settings, rows)
    _tell(rows, args.out)
    verdict = verify_folder(settings, watching("searching", "files"))
    code = _told(verdict, args.out, settings)
    if code == 0:
        finish(settings, rows, verdict.closed)
    return code if any(row.output for row in rows) else 1


def _settings(args: Deidentify) -> Settings:
    if args.jobs < 1:
        raise UsageError(f"{args.jobs} jobs are impossible.", "1 or more")
    refuse_inside(args.key, args.out, "The key file")
    if args.crosswalk:
        refuse_inside(args.crosswalk, args.out, "The crosswalk")
        refuse_inside(args.crosswalk, args.source, "The crosswalk")
    profile = read_profile(args.rules)
    if not args.source.is_dir():
        raise UsageError(f"{args.source} is not a folder.", "a folder with DICOM files")
    looked_at = _looked_at(args.looked_at)
    if args.read_text:
        reader_name()  # tells that it is not installed before a key is made
    names = Pseudonyms(read_key(args.key, args.make_key))
    return Settings(args.source, args.out, names, profile, args.jobs, args.read_text, looked_at)


def _looked_at(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    try:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "names of skipped.csv, one per line") from error
    wrong = [number for number, line in enumerate(lines, 1) if not _FILE.fullmatch(line)]
    if wrong:
        raise UsageError(f"{path}, line {wrong[0]} names no file of skipped.csv.", "F and 16 hexadecimal digits")
    return frozenset(lines)


def _tell(rows: Sequence[Row], out: Path) -> None:
    made = [row for row in rows if row.output]
    patients = len({row.output.partition("/")[0] for row in made})
    say(f"{len(made)} of {len(rows)} files de-identified, {patients} patients -> {out}")
    for why, count in sorted(Counter(row.why for row in rows if row.why).items()):
        say(f"left out: {count}, {why}: {out / SKIPPED}")
    lost = Counter(keyword for row in made for keyword in row.lost.split())
    if lost:
        told = ", ".join(f"{keyword} {count}" for keyword, count in sorted(lost.items()))
        say(f"values outside the rules, removed: {told}: {out / FILES}")


def _told(verdict: Verdict, out: Path, settings: Settings) -> int:
    unread = "no program reads what is drawn into pixels"
    if settings.read_text:
        unread = f"{text_in_pixels(settings)} misses some of what is drawn into pixels"
    for leak in verdict.leaks[:SHOWN]:
        say(f"LEAK {out / leak.file}: {leak.what}")
    if verdict.leaks:
        say(f"{len(verdict.leaks)} leaks in {len({leak.file for leak in verdict.leaks})} files: do not release {out}")
        return 1
    say(
        f"searched {verdict.files} files for {verdict.searched} UIDs, names and numbers, and all that each original "
        "says of itself, in the forms that manifest.json names: nothing found"
    )
    if verdict.closed:
        say(f"{verdict.closed} files or folders of the originals could not be opened: what they say was not searched")
    say(f"{unread}: look at the images before you release them")
    return 0
