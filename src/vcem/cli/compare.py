"""`vcem compare`: any two images."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.terms import Protocol


@dataclass(frozen=True)
class Compare:
    """Score a virtual DES image, whoever made it, against the true one: PNG, JPEG, NPY or DICOM."""

    truth: Annotated[Positional[Path], arg(metavar="TRUTH")]
    """The true DES image."""
    prediction: Annotated[Positional[Path], arg(metavar="PREDICTION")]
    """The virtual one, of the same size."""
    mask: Path | None = None
    """The breast: PNG or NPY, not 0 inside. Without it the whole image alone is scored."""
    protocol: Protocol = Protocol.STRICT
    """paper: PSNR over the truth's own maximum, SSIM over the images' own range."""
    half: bool = False
    """SSIM in half precision as in the authors' code; with the paper's protocol only."""
    data_range: float | None = None
    """What white is on the scale of PNG, JPEG or NPY; what the stored type can hold if left out, 1 for floats."""
    json: bool = False
    """Print one JSON object."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Compare, words, "compare")
    from vcem.score.compare import compare, lines

    found = compare(args.truth, args.prediction, args.mask, args.protocol, args.half, args.data_range)
    for line in [json.dumps(asdict(found))] if args.json else lines(found):
        say(line)
    return 0
