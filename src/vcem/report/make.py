"""A whole report out of folders of scored runs, as `vcem report` makes it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vcem.core.building import rebuilt
from vcem.core.files import refuse_mixture
from vcem.report import paper
from vcem.report.beside import REPORT
from vcem.report.build import PICTURES, build_page, write_report
from vcem.report.cases import choose
from vcem.report.external import read_external
from vcem.report.page import Page
from vcem.report.pictures import write_pictures
from vcem.report.study import Study, read_study, with_control, with_detectors
from vcem.report.uncertainty import read_all

TITLE = "Virtual DES images, measured"


@dataclass(frozen=True)
class Asked:
    """What a report shows besides its runs.

    `data` is the prepared folder, found beside the runs if not given; `control` are folders of runs of a shuffle
    control, `external` one of external validation, `detectors` one of `vcem detect`, `uncertainty` those of
    `vcem calibrate`; `paper` takes tables and figures for a manuscript; `machine` describes this machine; `date` is
    printed as given; `seed` is of the bootstrap.
    """

    title: str = TITLE
    date: str = ""
    machine: bool = False
    seed: int = 0
    data: Path | None = None
    control: tuple[Path, ...] = ()
    external: Path | None = None
    detectors: Path | None = None
    uncertainty: tuple[Path, ...] = ()
    paper: Path | None = None


def make_report(runs: Sequence[Path], out: Path, asked: Asked) -> tuple[Study, Page]:
    """Write page, tables and pictures of scored runs into a folder.

    Raises:
        UsageError: if there is no scored run, runs or data do not belong together, or `out` holds something else.
        FailureError: if a file is damaged.
    """
    refuse_mixture(out, REPORT)  # before the work, not only before its writing
    if asked.paper:
        refuse_mixture(asked.paper, paper.KIND)
    study = read_study(runs, asked.data, asked.seed)
    if asked.control:
        study = with_control(study, read_study(asked.control, None, asked.seed))
    if asked.detectors:
        study = with_detectors(study, asked.detectors)
    study = replace(study, uncertainty=asked.uncertainty)
    read_all(study, asked.uncertainty)  # those of other data are refused before pictures are drawn by them
    external = read_external(asked.external, asked.seed) if asked.external else None
    cases = choose(study)
    with rebuilt(out, REPORT) as building:
        pictures = write_pictures(study, cases, building / PICTURES)
        page = build_page(study, cases, pictures, asked.title, asked.date, external)
        write_report(building, page, study, asked.machine)
    if asked.paper:
        with rebuilt(asked.paper, paper.KIND) as building:
            paper.write_paper(study, cases, out / PICTURES if pictures else None, building)
    return study, page
