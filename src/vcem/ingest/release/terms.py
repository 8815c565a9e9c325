"""What the tables of a released data set may say: their columns, and the closed list of terms of each fact."""

import re
from dataclasses import dataclass
from pathlib import Path

from vcem.core.errors import UsageError
from vcem.core.terms import Density, Energy, Origin, Side, View
from vcem.dicom.facts import BIRADS, FINDINGS, PATHOLOGY

SEVERAL = "$"
CONFIRMED = ("biopsy", "surgery", "follow-up")
OLDEST = 90  # stands for 90 years and more
_TERM = re.compile(r"[A-Za-z][A-Za-z -]{1,39}")


@dataclass(frozen=True)
class Column:
    """One column of `cases.csv`, as the data dictionary explains it."""

    name: str
    meaning: str
    type: str
    values: str
    unit: str
    source: str


def _report(name: str, meaning: str, type_: str, values: str) -> Column:
    return Column(name, meaning, type_, values, "", "report table; of simulated images Image Comments (0020,4000)")


COLUMNS = (
    Column("image", "file, relative to this folder", "text", "path", "", "made for the release"),
    Column("patient", "pseudonym", "text", "P and 16 hexadecimal digits", "", "Patient ID (0010,0020)"),
    Column("exam", "the patient's visits in the order of time", "integer", "from 1", "",
           "Study Instance UID (0020,000D), dates"),
    Column("pair", "the same for LE, HE and DES of one compression, and for a late DES that has no LE of its own",
           "text", "empty if alone", "", "Frame of Reference UID (0020,0052), or times"),
    Column("kind", "which image: low energy, high energy, or the recombined (dual-energy subtracted) iodine image",
           "term", " | ".join(Energy), "", "Image Type (0008,0008) and others, by the rules of vcem"),
    Column("side", "breast", "term", " | ".join(Side), "", "Image Laterality (0020,0062)"),
    Column("view", "projection", "term", " | ".join(View), "", "View Code Sequence (0054,0220)"),
    Column("late_phase", "whether the same breast and view was imaged before in this exam", "term",
           "yes | no, empty if not known", "", "times of acquisition"),
    Column("age", f"age at the exam; {OLDEST} stands for {OLDEST} and more", "integer", f"0 to {OLDEST}", "years",
           "Patient's Age (0010,1010), or else the report table"),
    _report("density", "ACR breast composition, BI-RADS 5th edition", "term", " | ".join(Density)),
    _report("birads", f"BI-RADS category; several joined by {SEVERAL}", "terms", " | ".join(BIRADS)),
    _report("findings", f"what the report names; several joined by {SEVERAL}", "terms",
            " | ".join(FINDINGS) + ", and what --terms added"),
    _report("pathology", "what is known of the breast or view", "term", " | ".join(PATHOLOGY)),
    _report("confirmed_by", "what the pathology rests on", "term", " | ".join(CONFIRMED)),
    Column("machine", "maker and model", "text", "", "", "Manufacturer (0008,0070), Model Name (0008,1090)"),
    Column("rows", "height", "integer", "", "px", "Rows (0028,0010)"),
    Column("columns", "width", "integer", "", "px", "Columns (0028,0011)"),
    Column("spacing_mm", "distance of pixels at the detector", "number", "", "mm", "Imager Pixel Spacing (0018,1164)"),
    Column("window", "first display window, centre/width", "text", "empty if a table or curve", "stored values",
           "Window Center, Width (0028,1050), (0028,1051)"),
    Column("origin", "where pixels come from", "term", " | ".join(Origin), "", "Synthetic Data (0008,001C)"),
    Column("uid", "the image's pseudonymous UID", "text", "", "", "SOP Instance UID (0008,0018)"),
)  # fmt: skip


def read_terms(path: Path | None) -> tuple[str, ...]:
    """Read further terms of findings, one per line; they are searched like everything else before a release.

    Raises:
        UsageError: if the file cannot be read, or a line is no short term of letters, blanks and dashes.
    """
    if path is None:
        return ()
    try:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Terms {path} cannot be read: {error}.", "a text file, one term a line") from error
    for number, line in enumerate(lines, 1):
        if not _TERM.fullmatch(line):
            raise UsageError(f"{path}, term {number} is not a term.", "2 to 40 letters, blanks, dashes, such as Lipoma")
    return tuple(lines)


def closed_terms() -> str:
    """Return all words that the tables consist of, but for names, numbers and the terms that a user added."""
    columns = " ".join(f"{c.name} {c.values}" for c in COLUMNS)
    return " ".join([columns, *FINDINGS, *PATHOLOGY, *CONFIRMED])
