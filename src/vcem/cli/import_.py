"""`vcem import`: an archive into a catalogue."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.import_cesm_ucbm import CesmUcbm, options_of
from vcem.cli.progress import watching
from vcem.cli.words import parse, say
from vcem.core.errors import UsageError
from vcem.core.terms import Origin
from vcem.folders.catalogue import IMAGES, SKIPPED, Pair, Skipped
from vcem.ingest.cdd_cesm import Imported, Options, import_cdd_cesm
from vcem.ingest.dicom_folder import Align, DicomOptions, ImportedDicom, WithoutId, import_dicom
from vcem.ingest.drawings import OutlineSource
from vcem.ingest.register import MIN_QUALITY
from vcem.ingest.ucbm.release import import_cesm_ucbm

MOST = 12  # kinds of decision that are printed


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


@dataclass(frozen=True)
class Dicom:
    """Any folder tree of DICOM files: a hospital's export, or what vcem simulate wrote."""

    source: Annotated[Positional[Path], arg(metavar="SRC")]
    """Folder with DICOM files in it, at any depth, among whatever else."""
    out: Annotated[Positional[Path], arg(metavar="OUT")]
    """Catalogue folder to write."""
    origin: Origin | None = None
    """Where the pixels come from. Without it the headers tell: Synthetic Data = YES is simulated, all else clinical."""
    late: bool = False
    """Keep each late-phase DES too, as a second pair of the same LE."""
    rules: Path | None = None
    """Table of rules that say which image is LE, HE or DES, besides those that come with the program."""
    without_id: WithoutId = WithoutId.LEAVE_OUT
    """Images without a Patient ID: leave them out, or take each study for a patient of its own."""
    read_all: bool = False
    """Read every file again, also those whose size and time of change are as they were."""
    align: Align = Align.HEADER
    """header: pairs on one grid of one compression are aligned, others are registered. images: register all."""
    min_quality: float = MIN_QUALITY
    """Registrations of lower quality are listed as failed, not guessed."""
    jobs: int = os.cpu_count() or 1
    """Worker processes; the result does not depend on it."""


def run(words: list[str]) -> int:
    """Run the verb."""
    if not words or words[0] in ("-h", "--help"):
        say("usage: vcem import ARCHIVE SRC OUT\n")
        for name, (cls, _) in ARCHIVES.items():
            say(f"  {name:10}{cls.__doc__}")
        say("\nvcem import ARCHIVE --help tells more.")
        return 0 if words else 2
    if words[0] not in ARCHIVES:
        raise UsageError(f"There is no archive {words[0]!r}.", " or ".join(ARCHIVES), "vcem import cdd-cesm SRC OUT")
    ARCHIVES[words[0]][1](words[1:])
    return 0


def _cdd_cesm(words: list[str]) -> None:
    args = parse(CddCesm, words, "import cdd-cesm")
    options = Options(args.outlines, args.origin, args.min_quality, args.jobs)
    made = import_cdd_cesm(args.source, args.out, options, watching("registering", "pairs"))
    _tell(made, args.out)


def _dicom(words: list[str]) -> None:
    args = parse(Dicom, words, "import dicom")
    options = DicomOptions(
        args.origin, args.late, args.rules, args.align, args.min_quality, args.jobs, args.without_id, args.read_all
    )
    made = import_dicom(args.source, args.out, options, watching("registering", "pairs"),
                        watching("reading headers", "files"))  # fmt: skip
    _tell_dicom(made, args.out)


def _cesm_ucbm(words: list[str]) -> None:
    args = parse(CesmUcbm, words, "import cesm-ucbm")
    made = import_cesm_ucbm(args.source, args.out, args.order, options_of(args), watching("registering", "pairs"))
    _tell_pairs(made.pairs, f", {made.origin}, from {made.form.upper()} -> {args.out}")
    say(f"{made.listed} pairs in the authors' order, {made.missing} of them not here")
    _tell_skipped(made.skipped, args.out)


ARCHIVES: dict[str, tuple[type, Callable[[list[str]], None]]] = {
    "cdd-cesm": (CddCesm, _cdd_cesm),
    "dicom": (Dicom, _dicom),
    "cesm-ucbm": (CesmUcbm, _cesm_ucbm),
}


def _tell(made: Imported, out: Path) -> None:
    _tell_pairs(made.pairs, f", {len(made.outlines)} outlines -> {out}")
    if made.agreement:
        a = made.agreement
        say(
            f"outlines copied from LE to DES disagree with the registration by {a.median:.1f} px (median), "
            f"{a.p90:.1f} px (90th percentile) of the original image, {a.pairs} pairs"
        )
    _tell_skipped(made.skipped, out)


def _tell_dicom(made: ImportedDicom, out: Path) -> None:
    truth = ", with truth" if made.truth else ""
    _tell_pairs(made.pairs, f", {made.origin}{truth}, from {made.files} files -> {out}")
    say(f"headers: {made.read} read, {made.files - made.read} unchanged")
    for count, what in made.decisions[:MOST]:
        say(f"  {count} {what}")
    if len(made.decisions) > MOST:
        say(f"  and {len(made.decisions) - MOST} other kinds, see {out / IMAGES}")
    if made.apart_px is not None:
        say(f"where headers align LE with DES, the registration by images differs by {made.apart_px:.1f} px (median)")
    _tell_skipped(made.skipped, out)


def _tell_pairs(pairs: tuple[Pair, ...], rest: str) -> None:
    patients = len({pair.patient for pair in pairs})
    say(f"{len(pairs)} pairs of {patients} patients{rest}")
    say(f"{sum(pair.registered for pair in pairs)} of {len(pairs)} pairs registered")


def _tell_skipped(skipped: tuple[Skipped, ...], out: Path) -> None:
    if skipped:
        say(f"{len(skipped)} remarks on what was left out or is missing: {out / SKIPPED}")
