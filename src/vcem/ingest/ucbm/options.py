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
    """How to import, and what the release itself does not say; the result does not depend on `jobs`.

    `form` and `files` tell which files are the images, `axes` how NRRD files lie, `columns` what the columns of
    `reports` and `biopsies` mean. Without an origin, DICOM headers tell; NRRD files are then clinical.
    """

    form: Form | None = None
    files: Path | None = None
    axes: Axes | None = None
    windows: Windows | None = None
    late: Late = Late.UNKNOWN
    align: Align = Align.IMAGES
    reports: Path | None = None
    biopsies: Path | None = None
    columns: Path | None = None
    machine: str = ""
    rules: Path | None = None
    origin: Origin | None = None
    min_quality: float = MIN_QUALITY
    jobs: int = 1
    read_all: bool = False
