import io

import pydicom
import pytest

from toy_dicom import STUDY, image_of, pixels_of
from vcem.dicom.deidentify import deidentify
from vcem.dicom.elements import file_bytes
from vcem.dicom.identifiers import identifiers_of
from vcem.dicom.profile import read_profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.verify import Others, leaks_in, leaks_in_text, worth_searching_elsewhere
from vcem.dicom.write import dataset_of

PROFILE = read_profile()
ORIGINAL = dataset_of(pixels_of(), STUDY, image_of())
ORIGINAL.update({"PatientName": "Müller^Sally", "PatientID": "ID-4711", "PatientBirthDate": "19660102",
                 "InstitutionName": "Clinic of the Hill", "AccessionNumber": "77", "SpecificCharacterSet": "ISO_IR 192",
                 "DeviceSerialNumber": "1010102"})  # fmt: skip
OWN = identifiers_of(ORIGINAL, "smith/scan0001.dcm", PROFILE.vocabulary)
OTHERS = Others(frozenset({"1.2.3.4.5", str(ORIGINAL.StudyInstanceUID)}), frozenset({"jones", "id-9999"}))
MADE = deidentify(file_bytes(ORIGINAL), PROFILE, Pseudonyms(b"k" * 32))


def leaks(content=MADE.content, name=MADE.path):
    return [leak.what for leak in leaks_in(name, content, OWN, ORIGINAL, OTHERS)]


def changed(*attributes, **tags):
    dataset = pydicom.dcmread(io.BytesIO(MADE.content))
    dataset.update(tags)
    for attribute in attributes:
        dataset.add_new(*attribute)
    return leaks(file_bytes(dataset))


def test_what_is_clean_has_no_leak():
    assert leaks() == []


@pytest.mark.parametrize(
    ("tags", "what"),
    [
        ({"PatientName": "Müller^Sally"}, "PatientName"),
        ({"ImageComments": "seen by sally"}, "PatientName"),
        ({"ImageComments": "xxID-4711xx"}, "PatientID"),
        ({"StudyDescription": "Clinic of the Hill"}, "InstitutionName"),
        ({"StationName": "1010102"}, "DeviceSerialNumber"),
        ({"AccessionNumber": "77"}, "AccessionNumber"),
        ({"PatientBirthDate": "19660102"}, "a date"),
        ({"ImageComments": "on 05.03.2024"}, "a date"),
        ({"ImageComments": "on 2024-03-05"}, "a date"),
        ({"AcquisitionDateTime": "20240305101112"}, "a date"),
        ({"StudyDate": "20240305"}, "dates that were not moved"),
        ({"StudyInstanceUID": ORIGINAL.StudyInstanceUID}, "UID of an original"),
        ({"ImageComments": "see 1.2.3.4.5"}, "UID of an original"),
        ({"ImageComments": "as Jones had"}, "another original"),
        ({"ImageComments": "ID-9999"}, "another original"),
    ],
)
def test_a_planted_leak_is_found(tags, what):
    assert any(what in told for told in changed(**tags))


@pytest.mark.parametrize(
    ("attribute", "what"),
    [
        ((0x00450010, "LO", "MAKER"), "a private attribute"),
        ((0x60000022, "LO", "x"), "an overlay"),
        ((0x00204000, "LT", "s\0a\0l\0l\0y\0"), "PatientName"),
        ((0x00081030, "UN", "MÜLLER".lower().encode("latin-1")), "PatientName"),
    ],
)
def test_a_leak_in_an_odd_form_is_found(attribute, what):
    assert any(what in told for told in changed(attribute))


def test_a_leak_in_a_nested_item_is_found():
    dataset = pydicom.dcmread(io.BytesIO(MADE.content))
    dataset.ViewCodeSequence[0].PatientID = "ID-4711"
    assert any("PatientID" in told for told in leaks(file_bytes(dataset)))


def test_leaks_in_pixels_name_and_preamble_are_found():
    pixels = MADE.content[:-40] + b"Clinic of the Hill".ljust(20) + b"\0" * 20
    assert leaks(pixels) == ["InstitutionName of its original, in the pixel data"]
    assert "file name of its original" in leaks(name="scan0001.dcm")
    assert any("PatientName" in told for told in leaks(name="Sally.dcm"))
    assert "a preamble" in leaks(b"x" * 128 + MADE.content[128:])


def test_a_short_name_within_a_common_word_is_no_leak():
    original = dataset_of(pixels_of(), STUDY, image_of())
    original.PatientName = "Jones^Mary"
    own = identifiers_of(original, "a.dcm", PROFILE.vocabulary)
    assert not leaks_in(MADE.path, MADE.content, own, original, Others(frozenset(), frozenset()))
    told = leaks_in("Mary.dcm", MADE.content, own, original, Others(frozenset(), frozenset()))
    assert [leak.what for leak in told] == ["PatientName of its original"]


def test_a_number_within_a_longer_one_is_no_leak():
    assert changed(ImageComments="99101010299") == []


@pytest.mark.parametrize("content", [b"", b"no DICOM", b"\0" * 128 + b"DICM"])
def test_what_cannot_be_read_is_not_called_clean(content):
    assert leaks(content)


def test_other_files_are_searched():
    assert leaks_in_text("a.csv", b"x,1.2.3.4.5\n", OTHERS)[0].what == "UID of an original at byte 2"
    assert leaks_in_text("a.csv", b"x,Jones\n", OTHERS)
    assert leaks_in_text("jones.csv", b"x\n", OTHERS)
    assert not leaks_in_text("a.csv", b"x,1.2.3.4\n", OTHERS)


def test_a_leak_tells_the_attribute_and_not_the_value():
    assert not [
        told for told in changed(PatientName="Müller^Sally", PatientID="ID-4711") if "ally" in told or "4711" in told
    ]


def test_only_rare_names_are_searched_in_all_files():
    found = worth_searching_elsewhere(OWN.names, PROFILE.vocabulary)
    assert {"müller^sally", "id-4711", "sally"} <= found
    assert "1010102" not in found
