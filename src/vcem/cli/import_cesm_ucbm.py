"""`vcem import cesm-ucbm`: the paper's release into a catalogue."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import Placed
from vcem.ingest.ucbm.options import UcbmOptions


@dataclass(frozen=True, kw_only=True)
class CesmUcbm(UcbmOptions, Placed):
    """A copy of CESM@UCBM, the paper's release, as DICOM or NRRD, with its authors' table of pairs."""

    source: Annotated[Positional[Path], arg(metavar="SRC")]
    """Folder with the images, at any depth."""
    out: Annotated[Positional[Path], arg(metavar="OUT")]
    """Catalogue folder to write."""
    order: Path
    """The authors' table all.txt: id, img_x, img_y, r_l, wc_x, ww_x, wc_y, ww_y. Its order makes their folds."""
    jobs: int = os.cpu_count() or 1
    """Worker processes; the result does not depend on it."""
