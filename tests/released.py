"""A hospital's contrast exams, de-identified, and what a user says of their release."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from fakes.toy_archive import LATER, MARY, SALLY
from toy_dicom import STUDY, write
from vcem.core.terms import Energy, Side, View
from vcem.dicom.deidentify_folder import Settings, begin, deidentify_folder, finish
from vcem.dicom.profile import read_profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.uids import uid_for
from vcem.dicom.vendors import read_rules
from vcem.ingest.release.citation import Citation
from vcem.ingest.release.folder import Draft, Terms, draft
from vcem.ingest.release.folder import write as write_release

KEY = b"k" * 32
NAMES = Pseudonyms(KEY)
CITATION = Citation({"title": "Toy mammograms", "version": "1.0"}, ({"family-names": "Doe", "given-names": "Jane"},))
TOML = 'title = "Toy mammograms"\nversion = "1.0"\nauthors = [{family-names = "Doe", given-names = "Jane"}]\n'
MARYS = replace(STUDY, uid="1.2.77.1")


def write_exams(folder: Path) -> Path:
    """Sally: LE, HE, DES and a late DES of one view, an LE a year later. Mary: LE, DES, and a text with her name."""
    for energy in Energy:
        write(folder / "SMITH" / f"{energy}.dcm", energy, tags=SALLY)
    write(folder / "SMITH" / "late.dcm", Energy.DES, uid="1.2.5", frame_uid="1.2.6", taken_s=36420 + 480, tags=SALLY)
    write(folder / "SMITH" / "again.dcm", study=LATER, uid="1.2.7", frame_uid="1.2.8", tags=SALLY)
    for energy in (Energy.LE, Energy.DES):
        uids = {"uid": uid_for(9, energy), "frame_uid": "1.2.9", "series_uid": uid_for(8, energy)}
        write(folder / "JONES" / f"{energy}.dcm", energy, Side.RIGHT, View.MLO, MARYS, MARY, **uids)
    (folder / "JONES" / "report.txt").write_text("Jones, Mary: nothing found")
    return folder


def deidentified(here: Path) -> Path:
    """De-identify `here`/in into `here`/deid; without `here`/in, write the exams there."""
    if (here / "in").exists():
        return _deidentify(here)
    for name, content in _exams().items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_bytes(content)
    return here / "deid"


@cache
def _exams() -> dict[str, bytes]:
    """Make them once: many tests begin with the same ones."""
    with TemporaryDirectory() as folder:
        write_exams(Path(folder) / "in")
        _deidentify(Path(folder))
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in Path(folder).rglob("*") if p.is_file()}


def _deidentify(here: Path) -> Path:
    settings = Settings(here / "in", here / "deid", NAMES, read_profile())
    begin(settings)
    finish(settings, deidentify_folder(settings, lambda rows, _: rows))
    return here / "deid"


def drafted(here: Path, reports: str = "", findings: tuple[str, ...] = ()) -> Draft:
    """Draft the release of the exams into `here`/out; `reports` is the text of the table."""
    if not (here / "deid").exists():
        deidentified(here)
    terms = Terms(CITATION, "CC-BY-4.0", findings=findings)
    if reports:
        (here / "reports.csv").write_text(reports)
        terms = replace(terms, reports=here / "reports.csv")
    settings = Settings(here / "in", here / "out", NAMES, read_profile())
    return draft(here / "deid", settings, terms, read_rules())


def released(here: Path, **said) -> Draft:
    """Draft and write it."""
    made = drafted(here, **said)
    write_release(made, lambda items, _: items)
    return made
