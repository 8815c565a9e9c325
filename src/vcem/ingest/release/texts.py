"""The texts of a release that people read: README.md and the data dictionary."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from vcem.core.files import write_csv, write_text
from vcem.core.terms import Origin
from vcem.folders.release import DICTIONARY
from vcem.ingest.release.citation import Citation
from vcem.ingest.release.terms import COLUMNS, Column

_ORIGIN = {
    Origin.SIMULATED: "**These images are simulated.** They show no real person, and what works on them is no evidence "
    "of clinical use. Every file says Synthetic Data (0008,001C) = YES.",
    Origin.CLINICAL: "The images are of patients. Do not try to find out who they are.",
}


def readme(citation: Citation, licence: str, origin: Origin, counts: Sequence[int], rules: str) -> str:
    """Return README.md; `counts` are images, patients and LE/DES pairs."""
    images, patients, pairs = counts
    version = f", version {citation.texts['version']}" if "version" in citation.texts else ""
    doi = f", doi:{citation.texts['doi']}" if "doi" in citation.texts else ""
    return f"""# {citation.title}

{citation.texts.get("abstract", "Contrast-enhanced mammograms: low-energy (LE) images and recombined images (DES).")}

{_ORIGIN[origin]}

{images} images of {patients} patients, {pairs} LE/DES pairs. Table 2.1 (`table-2.1.md`) counts them.

| file | what it is |
|---|---|
| `images/PATIENT/EXAM/` | DICOM; the name gives patient, exam, breast, view and kind of image |
| `cases.csv` | one row per image: facts of the image, of the report and of the biopsy |
| `{DICTIONARY}.csv`, `.md` | what each column means |
| `table-2.1.csv`, `.md` | characteristics of the data set |
| `left-out.csv` | images of the source that are not here, and why |
| `SHA256SUMS` | check sums; `sha256sum --check --quiet SHA256SUMS` tells whether all files are whole |
| `LICENSE`, `CITATION.cff` | under which terms it may be used, and how to cite it |
| `release.json`, `manifest.json` | what made this folder |

## De-identification

By PS3.15 Annex E, Basic Application Level Confidentiality Profile, with the options for modified dates (113107),
patient characteristics (113108) and device identity (113109), rules {rules}. Patients, UIDs and serial numbers are
pseudonyms. All dates of a patient are moved by the same number of days; intervals and times of day are true. Ages from
90 on read 90.

## Licence and citation

{licence}, see `LICENSE`. Please cite: {citation.names}: {citation.title}{version}{doi}.
"""


def write_dictionary(folder: Path, terms: Sequence[str]) -> None:
    """Write the data dictionary; `terms` are those that the user added to findings."""
    added = f"; added terms: {', '.join(terms)}" if terms else ""
    rows = [{**asdict(c), "meaning": c.meaning + (added if c.name == "findings" else "")} for c in COLUMNS]
    names = [f.name for f in fields(Column)]
    write_csv(folder / f"{DICTIONARY}.csv", names, rows)
    write_text(folder / f"{DICTIONARY}.md", _markdown(names, rows))


def _markdown(names: Sequence[str], rows: Sequence[dict[str, str]]) -> str:
    head = ["Columns of `cases.csv`. An empty cell means not reported or not known.", "",
            f"| {' | '.join(names)} |", "|---" * len(names) + "|"]  # fmt: skip
    cells = ([row[name].replace("|", "\\|") for name in names] for row in rows)
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in cells)]) + "\n"
