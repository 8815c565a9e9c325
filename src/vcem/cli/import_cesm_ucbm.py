"""`vcem import cesm-ucbm`: the paper's release into a catalogue."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.core.nrrd import Axes
from vcem.core.terms import Origin
from vcem.ingest.register import MIN_QUALITY
from vcem.ingest.ucbm.files import Form
from vcem.ingest.ucbm.options import Align, Late, UcbmOptions, Windows


@dataclass(frozen=True)
class CesmUcbm:
    """A copy of CESM@UCBM, the paper's release, as DICOM or NRRD, with its authors' table of pairs."""

    source: Annotated[Positional[Path], arg(metavar="SRC")]
    """Folder with the images, at any depth."""
    out: Annotated[Positional[Path], arg(metavar="OUT")]
    """Catalogue folder to write."""
    order: Path
    """The authors' table all.txt: id, img_x, img_y, r_l, wc_x, ww_x, wc_y, ww_y. Its order makes their folds."""
    form: Form | None = None
    """Which files to take, where both are there."""
    files: Path | None = None
    """Table with the columns id, le and des: the files of pairs that do not have the authors' names."""
    axes: Axes | None = None
    """How NRRD files lie, which they do not say; needed for them."""
    windows: Windows | None = None
    """Whose windows are used where the table and DICOM headers disagree; without it such pairs are left out."""
    late: Late = Late.UNKNOWN
    """series: without times in headers, all acquisitions of a view but the one of the lowest number are late phases."""
    align: Align = Align.IMAGES
    """images: register LE and DES by what they show. grid: equal pixels show equal places, you know."""
    reports: Path | None = None
    """Table of reports, CSV or XLSX."""
    biopsies: Path | None = None
    """Table of biopsies, CSV or XLSX; each row says of which breast or pair."""
    columns: Path | None = None
    """TOML file that says what the columns and codes of those tables mean."""
    machine: str = ""
    """The machine, where no header tells it."""
    rules: Path | None = None
    """Table of rules that say which DICOM image is LE or DES, besides those that come with the program."""
    origin: Origin | None = None
    """Where the pixels come from. Without it DICOM headers tell; NRRD files are then clinical."""
    min_quality: float = MIN_QUALITY
    """Registrations of lower quality are listed as failed, not guessed."""
    read_all: bool = False
    """Read every file again, also those whose size and time of change are as they were."""
    jobs: int = os.cpu_count() or 1
    """Worker processes; the result does not depend on it."""


def options_of(args: CesmUcbm) -> UcbmOptions:
    """Return how to import, as the words say."""
    return UcbmOptions(
        form=args.form,
        files=args.files,
        axes=args.axes,
        windows=args.windows,
        late=args.late,
        align=args.align,
        reports=args.reports,
        biopsies=args.biopsies,
        columns=args.columns,
        machine=args.machine,
        rules=args.rules,
        origin=args.origin,
        min_quality=args.min_quality,
        jobs=args.jobs,
        read_all=args.read_all,
    )
