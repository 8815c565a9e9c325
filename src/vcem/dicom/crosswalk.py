"""The table that leads back from pseudonyms to patients: the one file that must never be released."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from vcem.dicom.damage import attributes_of
from vcem.dicom.deidentify import patient_of
from vcem.dicom.deidentify_folder import Row, Settings, list_all, list_closed
from vcem.dicom.key_file import write_private
from vcem.dicom.listing import shown
from vcem.dicom.unreadable import UNREADABLE, odd_values_pass


@dataclass(frozen=True)
class Link:
    """One input file: what it was called and whose it was, and what became of each."""

    original_file: str
    file: str
    output: str
    why: str
    original_patient: str = ""
    patient: str = ""
    days_back: str = ""
    original_study: str = ""
    study: str = ""
    original_uid: str = ""
    uid: str = ""


def write_crosswalk(path: Path, settings: Settings, rows: Iterable[Row]) -> None:
    """Write one line per file or closed folder of the source, readable by its owner only.

    Raises:
        FailureError: if it cannot be written.
    """
    of = {row.file: row for row in rows}
    text = io.StringIO()
    writer = csv.DictWriter(text, [f.name for f in fields(Link)], lineterminator="\n")
    writer.writeheader()
    for name in (*list_all(settings.source), *(name for name, _ in list_closed(settings.source))):
        writer.writerow(asdict(_link(settings, name, of[settings.names.file(name)])))
    write_private(path, text.getvalue().encode())


def _link(settings: Settings, name: str, row: Row) -> Link:
    link = Link(shown(name), row.file, row.output, row.why)
    if not row.output:
        return link
    try:
        with odd_values_pass():
            dataset = attributes_of(settings.source / name)
            patient, study, uid = patient_of(dataset), str(dataset.StudyInstanceUID), str(dataset.SOPInstanceUID)
    except UNREADABLE:
        return link
    names = settings.names
    return Link(
        *(shown(name), row.file, row.output, row.why), patient, names.patient(patient), str(names.days_back(patient)),
        study, names.uid(study), uid, names.uid(uid),
    )  # fmt: skip
