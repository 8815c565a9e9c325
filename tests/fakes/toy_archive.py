"""A small hospital archive: two women, three images, and files that must not be released."""

from pathlib import Path

from toy_dicom import STUDY, write
from vcem.core.terms import Energy, Side
from vcem.dicom.header import Study

SALLY = {
    "SyntheticData": "NO", "PatientName": "Smith^Sally", "PatientID": "4711-A", "AccessionNumber": "ACC778899",
    "PatientBirthDate": "19660102", "InstitutionName": "Clinic of the Hill", "ImageComments": "recall in May",
}  # fmt: skip
MARY = {**SALLY, "PatientName": "Jones^Mary", "PatientID": "0815-B", "AccessionNumber": "ACC665544"}
LATER = Study("S0002", 59, STUDY.uid + ".9", "20250306", 36000, 36300)


def write_archive(folder: Path) -> Path:
    """Write it; Sally comes twice, one year and a day apart."""
    write(folder / "SMITH_SALLY" / "low.dcm", tags=SALLY)
    write(folder / "SMITH_SALLY" / "again.dcm", study=LATER, uid=STUDY.uid + ".8", tags=SALLY)
    write(
        folder / "JONES_MARY" / "recombined.dcm", Energy.DES, Side.RIGHT, tags={**MARY, "StudyInstanceUID": "1.2.77.1"}
    )
    write(folder / "JONES_MARY" / "burned.dcm", Energy.HE, tags={**MARY, "BurnedInAnnotation": "YES"})
    (folder / "JONES_MARY" / "copy.dcm").write_bytes((folder / "JONES_MARY" / "recombined.dcm").read_bytes())
    (folder / "JONES_MARY" / "report.txt").write_text("Jones, Mary: nothing found")
    (folder / "JONES_MARY" / ".hidden").write_text("Jones")
    whole = write(folder / "cut.dcm", uid=STUDY.uid + ".7", tags=SALLY).read_bytes()
    (folder / "cut.dcm").write_bytes(whole[:9000])
    return folder
