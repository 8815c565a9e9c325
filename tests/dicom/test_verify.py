import io

import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000, ExplicitVRLittleEndian, JPEGExtended12Bit, JPEGLosslessSV1

from encoded_dicom import breast, file_in
from toy_dicom import STUDY, image_of, pixels_of
from vcem.dicom.deidentify import deidentify
from vcem.dicom.elements import file_bytes
from vcem.dicom.identifiers import identifiers_of
from vcem.dicom.leaks import Others
from vcem.dicom.profile import read_profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.verify import leaks_in
from vcem.dicom.write import dataset_of

PROFILE = read_profile()
ORIGINAL = dataset_of(pixels_of(), STUDY, image_of())
ORIGINAL.update({"PatientName": "Müller^Sally", "PatientID": "ID-4711", "PatientBirthDate": "19660102",
                 "InstitutionName": "Clinic of the Hill", "AccessionNumber": "77", "SpecificCharacterSet": "ISO_IR 192",
                 "DeviceSerialNumber": "1010102", "ReferringPhysicianName": "Ng^Li",
                 "StudyID": "99887766"})  # fmt: skip
OWN = identifiers_of(ORIGINAL, "smith/scan0001.dcm", PROFILE.vocabulary)
OTHERS = Others(frozenset({"1.2.3.4.5", str(ORIGINAL.StudyInstanceUID)}), frozenset({"jones", "id-9999"}),
                frozenset({"mary kim"}), frozenset({"kim"}))  # fmt: skip
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
        ({"ImageComments": "on 5.3.2024"}, "a date"),
        ({"ImageComments": "on 5/3/24"}, "a date"),
        ({"ImageComments": "03-05-2024"}, "a date"),
        ({"ImageComments": "05MAR2024"}, "a date"),
        ({"ImageComments": "5. März 2024"}, "a date"),
        ({"ImageComments": "March 5th, 2024"}, "a date"),
        ({"ImageComments": "2024 3 5"}, "a date"),
        ({"ImageComments": "05032024"}, "a date"),
        ({"ImageComments": "born 660102"}, "a date"),
        ({"ImageComments": "b. 2 Jan 66"}, "a date"),
        ({"ImageComments": "42023050"}, "a date"),
        ({"SeriesDescription": "seen by Dr NG"}, "short name"),
        ({"SeriesDescription": "li"}, "short name"),
        ({"SeriesNumber": "99887766"}, "digits of a number"),
        ({"SeriesNumber": "199887766"}, "digits of a number"),
        ({"SoftwareVersions": "9.98.87.766"}, "digits of a number"),
        ({"KVP": "998.87766"}, "digits of a number"),
        ({"KVP": "1.99887766"}, "digits of a number"),
        ({"FieldOfViewDimensions": [9988, 7766]}, "digits of a number"),
        ({"InstanceNumber": "196612"}, "a date"),
        ({"ImageComments": "yllaS"}, "PatientName"),
        ({"ImageComments": "U2FsbHkgTXVlbGxlcg=="}, "PatientName"),
        ({"ImageComments": "xxYYU0FMTFkgMTI="}, "PatientName"),
        ({"ImageComments": "53616c6c79"}, "PatientName"),
        ({"ImageComments": "53 41 4C 4C 59"}, "PatientName"),
        ({"ImageComments": "MUELLER"}, "PatientName"),
        ({"ImageComments": "muller"}, "PatientName"),
        ({"ImageComments": "aSll y"}, "PatientName"),
        ({"ImageComments": "as Kim had"}, "short name of a person of another"),
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


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (b"Clinic of the Hill", "InstitutionName of its original"),
        (b"CLINIC OF THE HILL", "InstitutionName of its original"),
        (b"lliH eht fo cinilC", "InstitutionName of its original"),
        (b"Q2xpbmljIG9mIHRoZSBIaWxs", "InstitutionName of its original"),
        (b"seen: Sally", "PatientName of its original"),
        (b"for Dr Ng, Tue", "a short name of its original"),
        (b"b. 2 Jan 1966", "a date of its original, in the pixel data"),
    ],
)
def test_what_stands_among_pixels_is_found(words, what):
    content = MADE.content[:-60] + words.ljust(40, b"\0") + b"\0" * 20
    assert any(told.startswith(what) for told in leaks(content))


def test_leaks_in_name_and_preamble_are_found():
    assert "file name of its original" in leaks(name="scan0001.dcm")
    assert any("PatientName" in told for told in leaks(name="Sally.dcm"))
    assert "a preamble" in leaks(b"x" * 128 + MADE.content[128:])


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEGLosslessSV1, JPEG2000, JPEGExtended12Bit])
def test_more_than_a_picture_in_the_pixel_data_is_found(syntax):
    original = pydicom.dcmread(io.BytesIO(file_in(syntax, breast(12, 200, 199) // 2 + 40)))
    original.update({key: ORIGINAL[key].value for key in ("PatientName", "PatientID")})
    made = deidentify(file_bytes(original), PROFILE, Pseudonyms(b"k" * 32))
    own = identifiers_of(original, "a.dcm", PROFILE.vocabulary)
    assert leaks_in(made.path, made.content, own, original, Others()) == []
    dataset = pydicom.dcmread(io.BytesIO(made.content))
    if syntax.is_encapsulated:
        stream = next(generate_frames(dataset.PixelData, number_of_frames=1)).rstrip(b"\0")
        dataset.PixelData = encapsulate([stream + b"Li"])
    else:
        dataset.PixelData += b"Li"
    told = leaks_in(made.path, file_bytes(dataset), own, original, Others())
    assert [leak.what for leak in told] == ["its pixel data hold more than a picture"]


def test_a_short_name_within_a_common_word_is_no_leak():
    original = dataset_of(pixels_of(), STUDY, image_of())
    original.PatientName = "Jones^Mary"
    own = identifiers_of(original, "a.dcm", PROFILE.vocabulary)
    assert not leaks_in(MADE.path, MADE.content, own, original, Others())
    told = leaks_in("Mary.dcm", MADE.content, own, original, Others())
    assert [leak.what for leak in told] == ["PatientName of its original"]


def test_a_short_number_of_a_person_may_be_the_number_of_an_image():
    original = dataset_of(pixels_of(), STUDY, image_of())
    original.StudyID = original.AccessionNumber = str(original.InstanceNumber)
    own = identifiers_of(original, "a.dcm", PROFILE.vocabulary)
    assert not leaks_in(MADE.path, MADE.content, own, original, Others())


def test_a_number_within_a_longer_one_is_no_leak():
    assert changed(ImageComments="99101010299") == []


@pytest.mark.parametrize("content", [b"", b"no DICOM", b"\0" * 128 + b"DICM"])
def test_what_cannot_be_read_is_not_called_clean(content):
    assert leaks(content)


def test_a_leak_tells_the_attribute_and_not_the_value():
    assert not [
        told for told in changed(PatientName="Müller^Sally", PatientID="ID-4711") if "ally" in told or "4711" in told
    ]
