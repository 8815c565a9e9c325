"""What the user says of a copy of CESM@UCBM, because the release does not."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vcem.core.nrrd import Axes
from vcem.core.terms import Origin
from vcem.ingest.register import MIN_QUALITY
from vcem.ingest.ucbm.files import Form


class Windows(StrEnum):
    """Whose windows are used where table and headers disagree."""

    TABLE = "table"
    HEADER = "header"


class Late(StrEnum):
    """How late phases are told, where no header has a time."""

    UNKNOWN = "unknown"
    SERIES = "series"


class Align(StrEnum):
    """Where the translation between LE and DES comes from: what they show, or the user's word that there is none."""

    IMAGES = "images"
    GRID = "grid"


@dataclass(frozen=True)
class UcbmOptions:
    """How to import, and what the release itself does not say."""

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
    """images: register LE and DES by what they show. grid: equal pixels show equal places; you know that."""
    reports: Path | None = None
    """Table of reports, CSV or XLSX."""
    biopsies: Path | None = None
    """Table of biopsies, CSV or XLSX; each row says of which breast or pair."""
    columns: Path | None = None
    """TOML file that says what the columns and codes of those tables mean."""
    machine: str = ""
    """The machine, where no header says it."""
    rules: Path | None = None
    """Table of rules that say which DICOM image is LE or DES, besides those that come with the program."""
    origin: Origin | None = None
    """Where the pixels come from. Without it DICOM headers decide; NRRD files are then clinical."""
    min_quality: float = MIN_QUALITY
    """Registrations of lower quality are listed as failed, not guessed."""
    jobs: int = 1
    """Worker processes; the result does not depend on it."""
    read_all: bool = False
    """Read every file again, also those whose size and time of change are as they were."""
