"""`vcem import`: an archive into a catalogue."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.import_cesm_ucbm import CesmUcbm
from vcem.cli.progress import watching
from vcem.cli.words import Placed, parse, say
from vcem.core.errors import UsageError
from vcem.folders.catalogue import IMAGES, SKIPPED, Pair, Skipped
from vcem.ingest.cdd_cesm import Imported, Options, import_cdd_cesm
from vcem.ingest.dicom_folder import DicomOptions, ImportedDicom, import_dicom
from vcem.ingest.ucbm.release import import_cesm_ucbm

MOST = 12  # kinds of decision that are printed


@dataclass(frozen=True, kw_only=True)
class CddCesm(Options, Placed):
    """A copy of the CDD-CESM release, at any resolution."""

    source: Annotated[Positional[Path], arg(metavar="SRC")]
    """Folder with the two image folders, the workbook and the table of outlines."""
    out: Annotated[Positional[Path], arg(metavar="OUT")]
    """Catalogue folder to write."""
    jobs: int = os.cpu_count() or 1
    """Worker processes; the result does not depend on it."""


@dataclass(frozen=True, kw_only=True)
class Dicom(DicomOptions, Placed):
    """Any folder tree of DICOM files: a hospital's export, or what vcem simulate wrote."""

    source: Annotated[Positional[Path], arg(metavar="SRC")]
    """Folder with DICOM files in it, at any depth, among whatever else."""
    out: Annotated[Positional[Path], arg(metavar="OUT")]
    """Catalogue folder to write."""
    jobs: int = os.cpu_count() or 1
    """Worker processes; the result does not depend on it."""


def run(words: list[str]) -> int:
    """Run the verb."""
    if not words or words[0] in ("-h", "--help"):
        say("usage: vcem import ARCHIVE SRC OUT\n")
        for name, (cls, _) in ARCHIVES.items():
            say(f"  {name:10}{cls.__doc__}")
        say("\nvcem import ARCHIVE --help says more.")
        return 0 if words else 2
    if words[0] not in ARCHIVES:
        raise UsageError(f"There is no archive {words[0]!r}.", " or ".join(ARCHIVES), "vcem import cdd-cesm SRC OUT")
    ARCHIVES[words[0]][1](words[1:])
    return 0


def _cdd_cesm(words: list[str]) -> None:
    args = parse(CddCesm, words, "import cdd-cesm")
    made = import_cdd_cesm(args.source, args.out, args, watching("registering", "pairs"))
    _tell(made, args.out)


def _dicom(words: list[str]) -> None:
    args = parse(Dicom, words, "import dicom")
    made = import_dicom(args.source, args.out, args, watching("registering", "pairs"),
                        watching("reading headers", "files"))  # fmt: skip
    _tell_dicom(made, args.out)


def _cesm_ucbm(words: list[str]) -> None:
    args = parse(CesmUcbm, words, "import cesm-ucbm")
    made = import_cesm_ucbm(args.source, args.out, args.order, args, watching("registering", "pairs"))
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
