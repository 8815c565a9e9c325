"""`vcem enhance`: LE images in DICOM to virtual DES images."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal

from tyro.conf import Positional, arg

from vcem.cli.progress import watching
from vcem.cli.words import Placed, parse, say
from vcem.core.errors import FailureError, UsageError
from vcem.engine import Failed, How, each, elsewhere

if TYPE_CHECKING:
    from vcem.apply.enhanced import Output
    from vcem.apply.enhancer import Enhancer
    from vcem.dicom.virtual import Grid
    from vcem.ingest.dicom_images import DicomImage


@dataclass(frozen=True)
class Enhance(Placed):
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
    dose: int | None = None
    """For a model that adds to a DES at a low dose: at which percent of it LE and DES, both among IN, were taken."""
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    """auto takes a GPU where there is one. It rounds last bits otherwise than a CPU, so its images have other UIDs."""
    uncertainty: Path | None = None
    """Folder of vcem calibrate of this model: write the half-width of its intervals too, into OUT-uncertainty."""
    rules: Path | None = None
    """Table of rules that say which image is LE, besides those of vcem/dicom/vendors.toml."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Enhance, words, "enhance")
    from vcem.apply.enhance import enhance
    from vcem.dicom.vendors import read_rules
    from vcem.dicom.virtual import NO_PATIENT
    from vcem.folders.catalogue import SKIPPED

    if not args.inputs:
        raise UsageError("There is nothing to enhance.", "vcem enhance IN... --model RUN --out DIR")
    _refuse(args)
    widths = _widths(args)
    enhancer = _loaded(args.model, args.size, args.device, args.dose)
    drawn: list[str] = []
    watch: Any = partial(_drawn_elsewhere, args, drawn) if elsewhere() else watching("enhancing", "images")
    made = enhance(args.inputs, enhancer, args.out, _output(args), read_rules(args.rules), watch)
    if widths:
        stated = enhance(
            args.inputs, widths, _beside(args.out), _output(args), read_rules(args.rules), watching("stating", "images")
        )
        say(f"{stated.images} half-widths: {widths.model.width} -> {_beside(args.out)}")
    stood = made.stood - len(drawn)
    say(f"{made.images} virtual DES images by {enhancer.model.name}, {stood} of them already there -> {args.out}")
    if made.skipped:
        say(f"{len(made.skipped)} files left out: {args.out / SKIPPED}")
    say("AI, research only, not for diagnosis: enhancement can be missing or invented")
    if made.beyond_training:
        say(f"{made.beyond_training} of them are of patients, and {NO_PATIENT}: it learned from simulated women only")
    return 0


def _refuse(args: Enhance) -> None:
    if args.label and args.format == "png":
        raise UsageError("A presentation state labels DICOM images only.", "--label with --format dicom")
    if args.device == "auto" and elsewhere():
        raise UsageError("Each worker would choose its own device.", "--device cpu or cuda with --on")
    if args.dose is not None and elsewhere():
        raise UsageError("Workers elsewhere are given one image at a time.", "--dose without --on")
    if args.uncertainty and (args.size or args.dose is not None or args.device != "cpu" or elsewhere()):
        raise UsageError("Half-widths are drawn on the grid of the calibration, on this machine's processor.",
                         "--uncertainty without --size, --dose, --device and --on")  # fmt: skip


def _widths(args: Enhance) -> "Enhancer | None":
    if args.uncertainty is None:
        return None
    from vcem.apply.widths import load_widths

    return load_widths(args.uncertainty, args.model)


def _beside(out: Path) -> Path:
    return out.with_name(f"{out.name}-uncertainty")


def _output(args: Enhance) -> "Output":
    from vcem.apply.enhanced import Format, Output

    return Output(Format(args.format), args.label, args.bits)


@lru_cache(1)
def _loaded(model: Path, size: str | None, device: str, dose: int | None = None) -> "Enhancer":
    from vcem.apply.enhancer import load_enhancer

    return load_enhancer(model, _grid(size), device, dose)


def _grid(text: str | None) -> "Grid | None":
    from vcem.core.grid import size_of
    from vcem.dicom.virtual import NATIVE

    return None if text is None else NATIVE if text == NATIVE else size_of(text)


def _drawn_elsewhere(
    args: Enhance, drawn: list[str], images: "Iterable[DicomImage]", count: int
) -> "Iterator[DicomImage]":
    """Have each image drawn on a cluster and pass it on; those that now stand are added to `drawn`.

    One that was refused is tried here again, which says why. One at which its processes ended is left out and named at
    the end: here it would end the command.
    """
    images = list(images)
    made = each(partial(_draw, args), images, How(gpu=args.device == "cuda"), lambda image: image.header.path)
    shown = watching("enhancing", "images")(zip(images, made, strict=True), count)
    for image, stands in shown:
        if not isinstance(stands, Failed):
            drawn += [image.header.path] if stands else []
            yield image


def _draw(args: Enhance, image: "DicomImage") -> bool:
    """Draw one image, and put its files into the folder as they come; return whether it could be drawn."""
    from vcem.apply.enhance import enhance
    from vcem.apply.enhanced import beside, suffixes
    from vcem.core.files import write_bytes
    from vcem.dicom.vendors import read_rules
    from vcem.dicom.virtual import virtual_uid

    enhancer, output = _loaded(args.model, args.size, args.device), _output(args)
    with TemporaryDirectory() as folder:
        try:
            enhance([Path(image.header.path)], enhancer, Path(folder), output, read_rules(args.rules))
        except FailureError:
            return False
        name = virtual_uid(image.header.uid, enhancer.model)
        for suffix in suffixes(output):
            write_bytes(beside(args.out / name, suffix), beside(Path(folder, name), suffix).read_bytes())
    return True
