"""`vcem prepare`: a catalogue decoded once."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.progress import watching
from vcem.cli.words import Placed, parse, say
from vcem.core.grid import Framing, size_of
from vcem.core.terms import Frame, Protocol
from vcem.data.decode import prepare
from vcem.folders.catalogue import SKIPPED, read_catalogue

SIZES = {Frame.FIELD: 256, Frame.BREAST: "256x128"}


@dataclass(frozen=True)
class Prepare(Placed):
    """Decode a catalogue once, to what a network sees: x (LE), y (DES), breast mask and lesions."""

    catalogue: Annotated[Positional[Path], arg(metavar="CATALOGUE")]
    """Folder made by vcem import."""
    out: Annotated[Positional[Path], arg(metavar="OUT")]
    """Folder to write."""
    protocol: Protocol = Protocol.STRICT
    """strict: registered, fixed grey scale, antialiased. paper: the published chain."""
    frame: Frame | None = None
    """breast: its box, all breasts facing left, on a rectangle. field: the whole image on a square, the paper's."""
    size: str | None = None
    """Grid of the prepared images: 256 for a square, 256x128 for rows x columns."""
    pixel_mm: float | None = None
    """Millimetres a pixel, the same in all images; left out, each breast fills the grid. Needs DICOM."""
    source: Path | None = None
    """Folder of the images, if they moved since the import."""
    jobs: int = os.cpu_count() or 1
    """Worker processes; the result does not depend on it."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Prepare, words, "prepare")
    catalogue = read_catalogue(args.catalogue)
    if args.source:
        catalogue = replace(catalogue, source=args.source)
    frame = args.frame or (Frame.FIELD if args.protocol is Protocol.PAPER else Frame.BREAST)
    framing = Framing(size_of(args.size or SIZES[frame]), frame, args.pixel_mm)
    store, skipped = prepare(catalogue, args.out, args.protocol, framing, args.jobs, watching("preparing", "pairs"))
    say(f"{len(store.pairs)} pairs: {store.framing}, protocol {store.protocol}, origin {store.origin}")
    if store.has_truth:
        line = store.manifest["truth"]
        say(f"truth: iodine = {line['iodine_at_grey_0']:.4g} + {line['mg_cm2_per_grey']:.4g} x grey, in mg/cm2")
    elif catalogue.manifest.get("truth"):
        say("truth left out: this protocol stretches each DES by its own extremes, so grey is not an amount of iodine")
    if skipped:
        say(f"{len(skipped)} pairs skipped, see {args.out / SKIPPED}")
    return 0
