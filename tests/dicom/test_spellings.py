from datetime import date

import pytest

from vcem.dicom.spellings import FORMS, encoded, in_digits, in_few_digits, in_parts, spellings, whole_names

DAY = date(1967, 4, 5)


@pytest.mark.parametrize(
    "text",
    ["5.4.1967", "05.04.1967", "5/4/67", "4/5/1967", "1967-04-05", "1967/4/5", "05APR1967", "5 Apr 67", "5. April 1967",
     "April 5th, 1967", "5 avril 1967", "5 de abril de 1967", "5 aprile 1967", "1967 Apr 5", "5_4_1967", "5 Apr '67"],
)  # fmt: skip
def test_a_date_set_apart_is_found_in_every_order(text):
    assert in_parts(DAY).search(f"born {text}, seen")


@pytest.mark.parametrize("text", ["1.2.840.5.4.67", "15.4.1967", "5.4.19670", "5.4.1968", "5.14.1967", "2.5.4.67"])
def test_other_numbers_are_no_date(text):
    assert not in_parts(DAY).search(text)


def test_dates_in_digits():
    assert all(in_digits(DAY).search(text) for text in ("19670405", "x05041967", "04051967", "19670405101112"))
    assert not in_digits(DAY).search("119670405")
    assert all(in_few_digits(DAY).search(text) for text in ("670405", "b050467", "040567"))


def test_spellings_and_encodings():
    assert spellings("Sally") == ["sally"]
    assert {"müller", "muller", "mueller", "MÜLLER"} <= set(spellings("Müller"))
    assert b"s\0a\0l\0l\0y\0" in encoded("SALLY")
    assert "李".encode("gb18030") in encoded("李")


def test_whole_names_come_in_both_orders():
    assert whole_names(["Doe", "Jane"]) == ["doe jane", "doejane", "jane doe", "janedoe"]


def test_the_forms_are_told():
    assert all(isinstance(form, str) and form for form in FORMS)
