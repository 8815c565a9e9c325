import pytest
from pydicom.dataset import Dataset

from vcem.dicom.digits import digits_of, holds, holds_long, orders


def header():
    dataset, other, step = Dataset(), Dataset(), Dataset()
    other.PatientID, step.ScheduledProcedureStepID = "88-12345", "SPS7712345"
    dataset.OtherPatientIDsSequence, dataset.RequestAttributesSequence = [other], [step]
    dataset.PatientBirthDate, dataset.StudyInstanceUID = "19670405", "1.2.276.0.4711998.3"
    dataset.SoftwareVersions, dataset.StudyDescription = "1234567", "room 54321"
    block = dataset.private_block(0x11, "ACME", create=True)
    block.add_new(1, "UN", b"\0SSN 123 45 6789 \0")
    return dataset


def test_numbers_of_every_depth_and_of_private_words_count_and_short_ones_of_other_words_do_not():
    found = digits_of(header(), {"SoftwareVersions"})
    assert {"8812345", "7712345", "4711998", "123456789", "19670405", "541967"} <= found
    assert not {"1234567", "54321"} & found


def test_a_date_has_its_digits_in_every_order_with_and_without_noughts():
    assert {"19670405", "05041967", "040567", "541967", "196745"} <= orders("19670405")


@pytest.mark.parametrize(
    ("text", "number"),
    [("14711998", "4711998"), ("-4711998", "4711998"), ("1.4711998", "4711998"), ("+4.711998E6", "4711998"),
     ("4.7119E4", "47119"), ("4711 998", "4711998"), ("0.04711", "4711000")],
)  # fmt: skip
def test_a_number_holds_the_digits_of_a_person(text, number):
    assert holds(text, {number})


@pytest.mark.parametrize(("text", "number"), [("30.47119", "47119"), ("2394 2850", "42850"), ("4711", "4711998")])
def test_short_numbers_within_others_are_there_by_chance(text, number):
    assert not holds(text, {number})


def test_only_long_numbers_are_looked_for_in_times():
    assert holds_long("101530.123", {"101530123"})
    assert not holds_long("101530", {"101530"})
