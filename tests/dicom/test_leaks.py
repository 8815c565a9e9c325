import unicodedata
from base64 import b64encode
from dataclasses import replace
from datetime import date

import pytest
from pydicom.dataset import Dataset

from vcem.dicom.identifiers import identifiers_of
from vcem.dicom.leaks import Others, leaks_in_text, others_of, worth_searching_elsewhere

OTHERS = Others(frozenset({"1.2.3.4.5"}), frozenset({"jones", "id-9999"}), frozenset({"mary kim"}), frozenset({"kim"}))


def archive():
    dataset = Dataset()
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = "Müllerová^Šárka^Marie", "4711-998", "19670405"
    dataset.AccessionNumber, dataset.PatientTelephoneNumbers = "ACC98121", "+43 660 1234567"
    return others_of(identifiers_of(dataset, "a.dcm", frozenset()), frozenset())


def test_other_files_are_searched():
    assert leaks_in_text("a.csv", b"x,1.2.3.4.5\n", OTHERS)[0].what == "UID of an original at byte 2"
    assert leaks_in_text("a.csv", b"y\nx,Jones\n", OTHERS)[0].what == "name or number of a person, line 2"
    assert leaks_in_text("a.csv", b"x,Kim\n", OTHERS)
    assert leaks_in_text("a.csv", b"x,Mary\nKim\n", replace(OTHERS, words=frozenset()))
    assert leaks_in_text("a.csv", b64encode(b"see id-9999"), OTHERS)
    assert leaks_in_text("jones.csv", b"x\n", OTHERS)
    assert not leaks_in_text("a.csv", b"x,1.2.3.4\n", OTHERS)


def test_only_rare_names_are_searched_in_all_files():
    dataset = Dataset()
    dataset.PatientName, dataset.PatientID, dataset.DeviceSerialNumber = "Müller^Sally", "ID-4711", "1010102"
    own = identifiers_of(dataset, "a.dcm", frozenset())
    found = worth_searching_elsewhere(own.names, frozenset())
    assert {"müller^sally", "muller", "mueller", "id-4711", "sally"} <= found
    assert "1010102" not in found


@pytest.mark.parametrize(
    "text",
    ["Müllerová", "MÜLLEROVÁ", "Mullerova", "Muellerova", unicodedata.normalize("NFD", "Müllerová"), "Mül\u200blerová",
     "Mül\u00adlerová", "M&uuml;llerov&aacute;", "M ü l l e r o v á", "Müller-\nová", "Sarka", "Marie Mullerova",
     "mullerovasarka", "id 4711998", "AT4711998X", "4711 998", "4711.998", "acc98121", "0043 660 1234567",
     "born 5.4.1967", "1967-04-05",
     "5 April 1967", "05APR1967", "M\0u\0l\0l\0e\0r\0o\0v\0a\0"],
)  # fmt: skip
def test_a_person_of_the_archive_is_found_in_a_text(text):
    assert leaks_in_text("LICENSE", f"Terms. Images of {text}, thanks.".encode(), archive())


@pytest.mark.parametrize(
    "text",
    ["released 2024-05-04", "10.5281/zenodo.1234", "P4711998000000000 2.25.47119984711998",
     "ab4711998cd4711998ef4711998ab4711998cd4711998ef4711998ab4711998c  images/a.dcm", "14711998"],
)  # fmt: skip
def test_other_numbers_and_days_in_a_text_are_no_leak(text):
    assert not leaks_in_text("README.md", text.encode(), archive())


def test_days_of_birth_are_those_of_patients():
    assert archive().births == {date(1967, 4, 5)}
