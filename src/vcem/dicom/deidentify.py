"""One mammogram without its patient: what the rules allow is copied into a new object, nothing else."""

import io
from dataclasses import dataclass

import pydicom
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID

from vcem import __version__
from vcem.core.errors import FailureError
from vcem.dicom.allowed import Work, allowed
from vcem.dicom.damage import refuse_flood
from vcem.dicom.dates import capped_age
from vcem.dicom.digits import digits_of
from vcem.dicom.elements import code, file_bytes, file_meta
from vcem.dicom.facts import comment_of, facts_in
from vcem.dicom.gate import why_refused
from vcem.dicom.profile import Profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.stored_pixels import only_pixels
from vcem.dicom.unreadable import UNREADABLE, odd_values_pass

# PS3.16 CID 7050. Clean Descriptors is not claimed: descriptors are removed, not cleaned
METHODS = {
    "113100": "Basic Application Confidentiality Profile",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
    "113109": "Retain Device Identity Option",
}


@dataclass(frozen=True)
class Deidentified:
    """A file that may be released, what it is called, and whose it was."""

    content: bytes
    patient: str
    study: str
    uid: str
    original_patient: str
    original_uid: str
    lost: tuple[str, ...]

    @property
    def path(self) -> str:
        """Where it belongs below the output folder; made of pseudonyms only."""
        return f"{self.patient}/{self.study}/{self.uid}.dcm"


def deidentify(content: bytes, profile: Profile, names: Pseudonyms) -> Deidentified:
    """De-identify the bytes of one file. The same bytes, rules and key give the same bytes.

    Raises:
        FailureError: if it is not a whole DICOM file or must not be released; the reason holds no value of the header.
    """
    with odd_values_pass():  # they are checked here
        try:
            return _deidentified(_read(content), profile, names)
        except UNREADABLE as error:
            raise FailureError(f"the file is damaged ({type(error).__name__})") from error


def patient_of(dataset: Dataset) -> str:
    """Return what makes a patient: the Patient ID, or the study where there is none."""
    patient = str(dataset.get("PatientID") or "").strip()
    return patient or f"study {dataset.StudyInstanceUID}"


def _read(content: bytes) -> Dataset:
    try:
        refuse_flood(file := io.BytesIO(content))
        return pydicom.dcmread(file)
    except InvalidDicomError as error:
        raise FailureError("no DICOM file") from error


def _deidentified(dataset: Dataset, profile: Profile, names: Pseudonyms) -> Deidentified:
    refused = why_refused(dataset, profile.gate)
    if refused:
        raise FailureError(refused)
    patient = patient_of(dataset)
    work = Work(profile, names, names.days_back(patient), digits_of(dataset, profile.said))
    made = allowed(dataset, profile.top, work)
    made.ImageType = list(dataset.ImageType)
    _name_patient(made, dataset, names.patient(patient))
    _keep_facts(made, dataset)
    _say_how(made, profile)
    made["PixelData"], syntax = _pixel_element(dataset)
    made.HighBit = made.BitsStored - 1
    made.file_meta = file_meta(made.SOPClassUID, made.SOPInstanceUID)
    made.file_meta.TransferSyntaxUID = syntax
    made.preamble = b"\0" * 128
    return Deidentified(
        file_bytes(made), made.PatientID, str(made.StudyInstanceUID), str(made.SOPInstanceUID), patient,
        str(dataset.SOPInstanceUID), tuple(sorted(work.lost.elements())),
    )  # fmt: skip


def _name_patient(made: Dataset, dataset: Dataset, pseudonym: str) -> None:
    made.PatientID = made.PatientName = pseudonym
    taken = str(dataset.get("AcquisitionDate") or dataset.get("StudyDate") or "")
    made.PatientAge = capped_age(
        str(dataset.get("PatientAge") or ""), str(dataset.get("PatientBirthDate") or ""), taken
    )


def _keep_facts(made: Dataset, dataset: Dataset) -> None:
    """Keep what a simulation says of itself, in terms of closed lists (facts.py); elsewhere it is free text."""
    facts = facts_in(str(dataset.get("ImageComments", "")))
    if facts and dataset.get("SyntheticData") == "YES":
        made.ImageComments = comment_of(facts)


def _say_how(made: Dataset, profile: Profile) -> None:
    made.PatientIdentityRemoved = "YES"
    made.LongitudinalTemporalInformationModified = "MODIFIED"
    made.DeidentificationMethod = f"vcem {__version__}, rules {profile.version} {profile.digest[:12]}"
    made.DeidentificationMethodCodeSequence = [code(value, "DCM", meaning) for value, meaning in METHODS.items()]


def _pixel_element(dataset: Dataset) -> tuple[DataElement, UID]:
    pixels, syntax = only_pixels(dataset)
    packed = syntax.is_encapsulated or dataset.BitsAllocated == 8
    element = DataElement("PixelData", "OB" if packed else "OW", pixels)
    element.is_undefined_length = syntax.is_encapsulated
    return element, syntax
