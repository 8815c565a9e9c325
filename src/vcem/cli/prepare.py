"""`vcem prepare`: a catalogue decoded once."""

import os
from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from vcem.cli.words import parse, say
from vcem.core.terms import Protocol
from vcem.data.decode import prepare
from vcem.folders.catalogue import SKIPPED, read_catalogue


@dataclass(frozen=True)
class Prepare:
    """Decode a catalogue once, to what a network sees: x (LE), y (DES), breast mask and lesions."""

    catalogue: Positional[Path]
    """Folder made by vcem import."""
    out: Positional[Path]
    """Folder to write."""
    protocol: Protocol = Protocol.STRICT
    """strict: registered, fixed grey scale, antialiased. paper: the published chain."""
    size: int = 256
    """Rows and columns of the prepared images."""
    source: Path | None = None
    """Folder of the images, if they moved since the import."""
    jobs: int = os.cpu_count() or 1
    """Worker processes; the result does not depend on it."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Prepare, words, "prepare")
    catalogue = read_catalogue(args.catalogue)
    store, skipped = prepare(catalogue, args.out, args.protocol, args.size, args.source, args.jobs)
    say(f"{len(store.pairs)} pairs at {store.size} x {store.size}, protocol {store.protocol}, origin {store.origin}")
    if store.has_truth:
        line = store.manifest["truth"]
        say(f"truth: iodine = {line['iodine_at_grey_0']:.4g} + {line['mg_cm2_per_grey']:.4g} x grey, in mg/cm2")
    elif catalogue.manifest.get("truth"):
        say("truth left out: this protocol stretches each DES by its own extremes, so grey is no amount of iodine")
    if skipped:
        say(f"{len(skipped)} pairs skipped, see {args.out / SKIPPED}")
    return 0
