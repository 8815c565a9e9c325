import io
import re
import struct
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

import dciodvfy
import marked_dicom as marked
from toy_dicom import STUDY, image_of, pixels_of, write
from vcem.core.errors import FailureError
from vcem.core.terms import Energy, Side
from vcem.dicom.deidentify import METHODS, deidentify
from vcem.dicom.elements import file_bytes
from vcem.dicom.profile import read_profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.uids import uid_for
from vcem.dicom.write import dataset_of

PROFILE, NAMES = read_profile(), Pseudonyms(bytes(range(32)))
MARKED = file_bytes(marked.marked_mammogram(PROFILE.holds))
WHOLE = file_bytes(dataset_of(pixels_of(), STUDY, image_of()))


def made_of(given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # wrong values are the point
        content = given if isinstance(given, bytes) else file_bytes(given)
    return deidentify(content, PROFILE, NAMES)


def opened(made):
    return pydicom.dcmread(io.BytesIO(made.content))


def toy(energy=Energy.LE, **tags):
    dataset = dataset_of(pixels_of(energy), STUDY, image_of(energy))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # wrong values are the point
        for keyword, value in tags.items():
            setattr(dataset, keyword, value)
    return dataset


@pytest.fixture(scope="module")
def filled():
    return made_of(MARKED)


def test_of_every_attribute_filled_with_a_mark_none_is_left(filled):
    assert len(marked.marked_keywords()) > 3000
    assert b"MARK" not in filled.content


@pytest.mark.parametrize(
    ("keyword", "given", "kept"),
    [
        ("Manufacturer", "GE Querfeld Clinic", ""),
        ("Manufacturer", "Lorad, A Hologic Company", "Lorad, A Hologic Company"),
        ("ManufacturerModelName", "Pristina of Dr. Querfeld", None),
        ("ManufacturerModelName", "Senograph DS ADS_43.10.1", "Senograph DS ADS_43.10.1"),
        ("SoftwareVersions", "v2 for Querfeld born 5.4.1967", None),
        ("SoftwareVersions", "VB30B SL05P03", "VB30B SL05P03"),
        ("SoftwareVersions", "Kim 3.1", None),
        ("ContrastBolusAgent", "iohexol given by nurse Querfeld", ""),
        ("ContrastBolusAgent", "Omnipaque 350 mgI/ml", "Omnipaque 350 mgI/ml"),
        ("AcquisitionDeviceProcessingCode", "GEMS_QUERFELD", None),
        ("AcquisitionDeviceProcessingCode", "GEMS_CESM_1", "GEMS_CESM_1"),
        ("FilterMaterial", "Silver", "SILVER"),
    ],
)
def test_a_text_stays_only_if_all_of_its_words_are_in_a_closed_list(keyword, given, kept):
    assert opened(made_of(toy(**{keyword: given}))).get(keyword) == kept


def test_what_a_code_means_is_said_in_the_words_of_the_standard():
    dataset = toy()
    dataset.ViewCodeSequence[0].CodeMeaning = "cc of Mrs Querfeld, room 12"
    dataset.AnatomicRegionSequence[0].CodeValue = "QUERFELD-4711"
    dataset.AnatomicRegionSequence[0].CodingSchemeVersion = "5.4.1967"
    after = opened(made_of(dataset))
    assert after.ViewCodeSequence[0].CodeMeaning == "cranio-caudal"
    assert "AnatomicRegionSequence" not in after


@pytest.mark.parametrize("uid", ["1.2.840.10008.4711998.1", "1.2.840.10008.5.1.4711998"])
def test_only_registered_uids_of_the_standard_stay(uid):
    after = opened(made_of(toy(StudyInstanceUID=uid, FrameOfReferenceUID=uid)))
    assert str(after.StudyInstanceUID).startswith("2.25.")
    assert str(after.FrameOfReferenceUID).startswith("2.25.")


@pytest.mark.parametrize("number", ["4711998", "14711998", "19660102", "02011966", "660102", "20240305"])
def test_a_number_that_holds_the_digits_of_a_person_goes(number):
    after = opened(made_of(toy(PatientID="4711-998", PatientBirthDate="19660102", SeriesNumber=number)))
    assert after.SeriesNumber is None


@pytest.mark.parametrize(
    ("keyword", "given", "kept"),
    [
        ("KVP", "4711.998", None),
        ("KVP", "0.04711998", None),
        ("KVP", "30.4711", "30.4711"),
        ("SoftwareVersions", "47.119.98", None),
        ("SoftwareVersions", "1.9.660.102", None),
        ("AcquisitionTime", "101112.471199", "101112.471"),
        ("AcquisitionDateTime", "20240305101112.471199", "101112.471"),
    ],
)
def test_digits_of_a_person_have_no_room_in_fractions_and_versions(keyword, given, kept):
    after = opened(made_of(toy(PatientID="4711-998", PatientBirthDate="19660102", **{keyword: given}))).get(keyword)
    assert after is None if kept is None else str(after).endswith(kept)


@pytest.mark.parametrize(
    ("keyword", "given"),
    [
        ("KVP", "1.4711998"),
        ("FieldOfViewDimensions", [4711, 998]),
        ("StudyTime", "101530.471"),
        ("ContentTime", "193704.05"),
        ("AcquisitionDateTime", "20240305471199"),
        ("AcquisitionDateTime", "20240305101112.471+1998"),
        ("InstanceNumber", "193745"),
        ("SeriesNumber", "7712345"),
        ("Manufacturer", "M a r i a"),
        ("SoftwareVersions", "B.R.A.V.A"),
    ],
)
def test_nothing_of_a_person_hides_in_several_values_times_or_letters_set_apart(keyword, given):
    person = {"PatientID": "4711-998", "PatientBirthDate": "19370405", "AdmissionID": "7712345", "StudyID": "101530471"}
    made = made_of(toy(**person, **{keyword: given}))
    assert not opened(made).get(keyword)
    assert keyword in made.lost


def test_a_floating_number_that_is_text_goes():
    dataset = toy(Energy.DES)
    dataset.RealWorldValueMappingSequence[0].RealWorldValueSlope = struct.unpack("<d", b"Jane Doe")[0]
    made = made_of(dataset)
    assert b"Jane" in file_bytes(dataset)
    assert b"Jane" not in made.content


def test_a_table_ends_where_it_says_it_ends():
    item = Dataset()
    item.LUTDescriptor, item.LUTExplanation = [4, 0, 12], "NORMAL"
    item.add_new("LUTData", "OW", np.array([0, 1, 2, 3], "<u2").tobytes() + b"Anne Doe, 5 Apr 67")
    made = made_of(toy(VOILUTSequence=[item]))
    assert opened(made).VOILUTSequence[0].LUTData == np.array([0, 1, 2, 3], "<u2").tobytes()
    assert b"Anne" not in made.content


def test_no_date_uid_or_old_age_of_it_is_left(filled):
    assert marked.DATE.encode() not in filled.content
    assert marked.UID_ROOT.encode() not in filled.content
    assert b"097Y" not in filled.content
    assert opened(filled).PatientAge == "090Y"


def test_nothing_private_no_overlay_no_preamble_no_old_file_meta(filled):
    dataset = opened(filled)
    assert not any(element.tag.is_private for element in dataset.iterall())
    assert not any(0x5000 <= element.tag.group <= 0x60FF for element in dataset.iterall())
    assert dataset.preamble == b"\0" * 128
    assert set(dataset.file_meta.keys()) == {0x00020000 + e for e in (0, 1, 2, 3, 0x10, 0x12, 0x13)}


def test_the_test_of_the_marks_can_fail():
    assert b"MARK" in MARKED


def test_it_says_what_was_done_to_it():
    dataset = opened(made_of(toy()))
    assert dataset.PatientIdentityRemoved == "YES"
    assert dataset.LongitudinalTemporalInformationModified == "MODIFIED"
    codes = {item.CodeValue: item.CodeMeaning for item in dataset.DeidentificationMethodCodeSequence}
    assert codes == METHODS
    assert PROFILE.digest[:12] in dataset.DeidentificationMethod


def test_what_the_image_needs_is_kept():
    before, after = toy(Energy.DES), opened(made_of(toy(Energy.DES)))
    for keyword in ("ImageType", "ImageLaterality", "PatientOrientation", "WindowCenter", "ImagerPixelSpacing",
                    "StudyTime", "PatientSex", "PatientAge", "SyntheticData", "ImageComments", "BodyPartThickness",
                    "ContrastBolusAgent", "ContrastBolusStartTime"):  # fmt: skip
        assert after[keyword].value == before[keyword].value
    assert after.ViewCodeSequence[0].CodeValue == before.ViewCodeSequence[0].CodeValue
    assert after.RealWorldValueMappingSequence[0].RealWorldValueSlope == pytest.approx(1 / 36)
    assert np.array_equal(after.pixel_array, before.pixel_array)


def test_references_still_lead_to_their_images():
    lows = [opened(made_of(toy(SOPInstanceUID=uid_for(1, name)))) for name in "ab"]
    des = opened(made_of(toy(Energy.DES)))
    assert [item.ReferencedSOPInstanceUID for item in des.SourceImageSequence] == [low.SOPInstanceUID for low in lows]
    assert des.FrameOfReferenceUID == lows[0].FrameOfReferenceUID
    assert des.StudyInstanceUID == lows[0].StudyInstanceUID
    assert des.SOPClassUID == toy().SOPClassUID


def test_the_same_bytes_and_key_give_the_same_bytes_and_another_key_others():
    content = file_bytes(toy())
    assert made_of(content) == made_of(content)
    other = deidentify(content, PROFILE, Pseudonyms(b"x" * 32))
    assert other.path != made_of(content).path


@pytest.mark.parametrize("given", ["../../etc/passwd", "1.2/../../3", "/etc/passwd"])
def test_no_path_trick_reaches_the_file_name(given):
    made = made_of(toy(StudyInstanceUID=given, SOPInstanceUID=given, PatientID=given))
    assert re.fullmatch(r"P[0-9a-f]{16}/2\.25\.\d+/2\.25\.\d+\.dcm", made.path)


def test_free_text_of_a_real_image_goes_but_facts_of_a_simulated_one_stay():
    comment = "vcem simulation; density=c; findings=Mrs Smith"
    assert "ImageComments" not in opened(made_of(toy(SyntheticData="NO", ImageComments=comment)))
    assert opened(made_of(toy(ImageComments=comment))).ImageComments == "vcem simulation; density=c"


def test_a_value_that_breaks_its_rule_goes_and_is_counted():
    made = made_of(toy(FilterMaterial="SMITH", Manufacturer="Dr. Smith", KVP=None, StudyDate="20241399"))
    dataset = opened(made)
    assert made.lost == ("FilterMaterial", "Manufacturer", "StudyDate")
    assert "FilterMaterial" not in dataset
    assert (dataset.Manufacturer, dataset.StudyDate) == ("", "")


def test_age_is_told_from_the_dates_before_they_move():
    dataset = opened(made_of(toy(PatientAge="", PatientBirthDate="19340306")))
    assert dataset.PatientAge == "089Y"
    assert dataset.PatientBirthDate == ""
    assert opened(made_of(toy(PatientAge="", PatientBirthDate="19340305"))).PatientAge == "090Y"


def test_without_a_patient_id_the_study_is_the_patient():
    one, same = made_of(toy(PatientID="")), made_of(toy(Energy.DES, PatientID=""))
    assert one.patient == same.patient != made_of(toy(PatientID="", StudyInstanceUID="1.2.3")).patient


@pytest.mark.parametrize("content", [b"", b"no DICOM", b"\0" * 200])
def test_what_is_no_dicom_is_told(content):
    with pytest.raises(FailureError, match="no DICOM file"):
        made_of(content)


@pytest.mark.parametrize("cut", range(140, 2600, 97))
def test_a_file_cut_short_is_told_without_a_word_of_it(cut):
    with pytest.raises(FailureError) as error:
        made_of(file_bytes(toy(PatientName="Smith^Sally"))[:cut])
    assert "Smith" not in str(error.value)


@settings(max_examples=60, deadline=2000)
@given(st.lists(st.tuples(st.integers(128, 3500), st.integers(0, 255)), min_size=1, max_size=12))
def test_damaged_bytes_end_in_an_image_or_one_error(changes):
    content = bytearray(WHOLE)
    for place, byte in changes:
        content[place] = byte
    try:
        made = made_of(bytes(content))
    except FailureError:
        return
    assert opened(made).PatientIdentityRemoved == "YES"


@dciodvfy.needs_dciodvfy
@pytest.mark.parametrize("energy", Energy)
def test_simulated_images_stay_valid(tmp_path, energy):
    path = write(tmp_path / "in.dcm", energy, Side.LEFT)
    (tmp_path / "out.dcm").write_bytes(made_of(path.read_bytes()).content)
    assert not dciodvfy.errors(tmp_path / "out.dcm")


@dciodvfy.needs_dciodvfy
@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    "name", ["MG-Im-GE-SenDS-scaled", "MG-Im-GE_Seno_1_ForProcessing", "MG-Im-GE_Seno_1_ForPresentation"]
)
def test_real_images_gain_no_error(shared, tmp_path, name):
    path = shared / "mg-dicom" / f"{name}.dcm"
    (tmp_path / "out.dcm").write_bytes(made_of(path.read_bytes()).content)
    assert errors(tmp_path / "out.dcm") <= errors(path)
    assert np.array_equal(pydicom.dcmread(tmp_path / "out.dcm").pixel_array, pydicom.dcmread(path).pixel_array)


def errors(path: Path) -> set[str]:
    told = subprocess.run([dciodvfy.PROGRAM, path], capture_output=True, text=True, check=False)
    return {line for line in (told.stdout + told.stderr).splitlines() if line.startswith("Error")}


def test_an_unreadable_number_of_a_person_refuses_nothing():
    content = file_bytes(toy(OtherPatientIDs="AB"))
    place = content.index(b"\x10\x00\x00\x10LO")
    made = made_of(content[: place + 4] + b"FD\x02\x00" + content[place + 8 :])
    assert opened(made).PatientIdentityRemoved == "YES"
