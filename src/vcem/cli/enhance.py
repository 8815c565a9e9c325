"""`vcem enhance`: LE images in DICOM to virtual DES images."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import Positional, arg

from vcem.cli.progress import watching
from vcem.cli.words import parse, say

if TYPE_CHECKING:
    from vcem.dicom.virtual import Grid


@dataclass(frozen=True)
class Enhance:
    """Draw virtual DES images from low-energy images; the same command resumes. Research only, not for diagnosis."""

    inputs: Annotated[Positional[tuple[Path, ...]], arg(metavar="IN...")]
    """DICOM files, and folders of them at any depth."""
    model: Path
    """Folder of a finished run, such as runs/strict-pix2pix/fold-00, or one that vcem export wrote, or the name of a
    model that comes with vcem, such as simulated-resunet."""
    out: Path
    """Folder to write."""
    format: Literal["dicom", "png"] = "dicom"
    """DICOM, or PNG with a JSON file beside each that says what it is."""
    bits: Literal[8, 16] = 16
    """Of each grey value, for PNG."""
    label: bool = False
    """Also write for each image a presentation state that shows the words "research only" over it."""
    size: str | None = None
    """Grid on which the network draws, such as 512 or 512x256, or native; as it was trained if not given."""
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    """auto takes a GPU where there is one. It rounds last bits otherwise than a CPU, so its images have other UIDs."""
    rules: Path | None = None
    """Table of rules that say which image is LE, besides those of vcem/dicom/vendors.toml."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Enhance, words, "enhance")
    from vcem.apply.enhance import enhance
    from vcem.apply.enhanced import Format, Output
    from vcem.apply.enhancer import load_enhancer
    from vcem.core.errors import UsageError
    from vcem.dicom.vendors import read_rules
    from vcem.dicom.virtual import NO_PATIENT
    from vcem.folders.catalogue import SKIPPED

    if not args.inputs:
        raise UsageError("There is nothing to enhance.", "vcem enhance IN... --model RUN --out DIR")
    if args.label and args.format == "png":
        raise UsageError("A presentation state labels DICOM images only.", "--label with --format dicom")
    output = Output(Format(args.format), args.label, args.bits)
    enhancer = load_enhancer(args.model, _grid(args.size), args.device)
    made = enhance(args.inputs, enhancer, args.out, output, read_rules(args.rules), watching("enhancing", "images"))
    say(f"{made.images} virtual DES images by {enhancer.model.name}, {made.stood} of them already there -> {args.out}")
    if made.skipped:
        say(f"{len(made.skipped)} files left out: {args.out / SKIPPED}")
    say("AI, research only, not for diagnosis: enhancement can be missing or invented")
    if made.beyond_training:
        say(f"{made.beyond_training} of them are of patients, and {NO_PATIENT}: it learned from simulated women only")
    return 0


def _grid(text: str | None) -> "Grid | None":
    from vcem.core.grid import size_of
    from vcem.dicom.virtual import NATIVE

    return None if text is None else NATIVE if text == NATIVE else size_of(text)
