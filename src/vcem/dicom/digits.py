"""Digits that lead to a person: those of her numbers and dates. No number that is kept may hold them."""

import re
from collections.abc import Collection, Iterator

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from vcem.dicom.unreadable import elements_in

# numbers of people; in the other words of a header only longer numbers are rare enough
OF_PEOPLE = {
    "AccessionNumber", "AdmissionID", "IssuerOfPatientID", "MedicalRecordLocator", "OtherPatientIDs", "PatientID",
    "PatientTelephoneNumbers", "RequestedProcedureID", "StudyID",
}  # fmt: skip
LEAST, LONG = 5, 7
_WORDS = {"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UI", "UN", "UR", "UT"}
_SHORT = 64  # letters; in longer texts digits that stand apart are not of one number


def digits_of(dataset: Dataset, said: Collection[str]) -> frozenset[str]:
    """Return the digits of people's numbers and of dates, at every depth; words of the attributes `said` may stay."""
    found = (digits for element in elements_in(dataset) for digits in _in_element(element, said))
    return frozenset(found)


def _in_element(element: DataElement, said: Collection[str]) -> Iterator[str]:
    if element.VR in ("DA", "DT"):
        days = re.findall(r"(?<!\d)\d{8}", str(element.value))
        yield from (digits for day in days for digits in orders(day))
    elif element.VR in _WORDS and element.keyword not in said:
        value = element.value
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        least = LEAST if element.keyword in OF_PEOPLE else LONG
        joined = [re.sub(r"\D", "", text)] if len(text) <= _SHORT and element.VR != "UI" else []
        yield from (digits for digits in (*re.findall(r"\d+", text), *joined) if len(digits) >= least)


def orders(day: str) -> set[str]:
    """Return the digits of a date `YYYYMMDD` in every order, with short years, with and without noughts."""
    year, month, date = day[:4], day[4:6], day[6:]
    padded = {d for y in (year, year[2:]) for d in (y + month + date, date + month + y, month + date + y)}
    m, d = month.lstrip("0"), date.lstrip("0")
    return padded | {year + m + d, d + m + year, m + d + year}


def holds(text: str, numbers: Collection[str]) -> bool:
    """Tell whether digits of a person are in a number.

    In whole ones anywhere; where digits are set apart, as in a decimal fraction, only all of them together, or the
    digits of a long number: shorter ones would be there by chance.
    """
    digits = re.sub(r"\D", "", text)
    if re.fullmatch(r"[-+]?\d*", text):
        return any(number in digits for number in numbers)
    significant = re.sub(r"\D", "", re.split("[eE]", text)[0]).strip("0")
    return holds_long(text, numbers) or any(number.strip("0") == significant for number in numbers)


def holds_long(text: str, numbers: Collection[str]) -> bool:
    """Tell whether the digits of a number that is too long to be there by chance are in a text."""
    digits = re.sub(r"\D", "", text)
    return any(len(number) >= LONG and number in digits for number in numbers)
