"""`vcem recombine`: DES images out of raw LE and HE exposures."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

from vcem.cli.progress import watching
from vcem.cli.words import parse, say

if TYPE_CHECKING:
    from vcem.simulate.raw_pair import Steps


@dataclass(frozen=True)
class Recombine:
    """Recombine raw low- and high-energy exposures (For Processing) to DES in mg/cm2; research only."""

    inputs: Annotated[Positional[tuple[Path, ...]], arg(metavar="LE HE | IN...")]
    """Two files, LE and HE; or files and folders at any depth, in which each pair is found."""
    out: Path
    """File of the DES image for two files; folder to write for all else, which the same command goes on with."""
    weight: str = "thickness"
    """thickness: from the tables, by thickness and beams; fit: by the image's own fat and gland; or a number."""
    scatter: bool = True
    """Estimate scatter and take it off."""
    thickness: bool = True
    """Take off what the thickness of the breast adds, its rolled edge above all."""
    noise_reduction: bool = True
    """Take off part of the finest grain."""
    flattening: bool = True
    """Take off most of the slow background."""
    rules: Path | None = None
    """Table of rules that say which image is LE and which HE, besides those of vcem/dicom/vendors.toml."""
    jobs: int = os.cpu_count() or 1
    """Worker processes; the result does not depend on it."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Recombine, words, "recombine")
    from vcem.apply.recombine import recombine_folder, recombine_pair
    from vcem.core.errors import UsageError
    from vcem.dicom.vendors import read_rules
    from vcem.folders.catalogue import SKIPPED

    if not args.inputs:
        raise UsageError("There is nothing to recombine.", "vcem recombine LE HE --out DES.dcm, or a folder")
    rules, steps = read_rules(args.rules), _steps(args)
    if len(args.inputs) == 2 and not any(path.is_dir() for path in args.inputs):
        facts = recombine_pair(*args.inputs, args.out, steps, rules)
        say(f"DES with w = {facts['w']:.4f} -> {args.out}")
    else:
        watch = watching("recombining", "pairs")
        made = recombine_folder(args.inputs, args.out, steps, rules, args.jobs, watch)
        say(f"{made.images} DES images, {made.stood} of them already there -> {args.out}")
        if made.skipped:
            say(f"{len(made.skipped)} files left out: {args.out / SKIPPED}")
    say("research only, not for diagnosis: not the maker's recombination")
    return 0


def _steps(args: Recombine) -> "Steps":
    from vcem.simulate.raw_pair import Steps

    try:
        weight: str | float = float(args.weight)
    except ValueError:
        weight = args.weight
    return Steps(weight, args.scatter, args.thickness, args.noise_reduction, args.flattening)
