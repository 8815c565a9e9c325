import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcem.dicom.pseudonyms import LEAST_DAYS, MOST_DAYS, Pseudonyms

ONE, OTHER = Pseudonyms(b"a" * 32), Pseudonyms(b"b" * 32)


@given(st.text())
def test_a_pseudonym_depends_on_key_and_original_only(original):
    for kind in (Pseudonyms.patient, Pseudonyms.serial, Pseudonyms.file):
        assert kind(ONE, original) == kind(Pseudonyms(b"a" * 32), original) != kind(OTHER, original)


@given(st.text(), st.text())
def test_two_originals_have_two_pseudonyms(a, b):
    assert (ONE.patient(a) == ONE.patient(b)) == (a == b)
    assert (ONE.uid(a) == ONE.uid(b)) == (a == b)


def test_kinds_do_not_share_pseudonyms():
    assert len({text[1:9] for text in (ONE.patient("1"), ONE.serial("1"), ONE.file("1"))}) == 3


@given(st.text())
def test_uids_are_legal(original):
    uid = ONE.uid(original)
    assert re.fullmatch(r"2\.25\.[1-9]\d*", uid)
    assert len(uid) <= 64


def test_only_uids_of_the_standard_stay():
    assert ONE.uid("1.2.840.10008.5.1.4.1.1.1.2") == "1.2.840.10008.5.1.4.1.1.1.2"


@pytest.mark.parametrize(
    "uid", ["1.2.840.100081.1", "1.2.840.10008.SMITH", "1.2.840.10008.", "1.2.840.10008.01", "1.2.840.10008.4711998.1"]
)
def test_what_only_looks_like_the_standard_is_replaced(uid):
    assert ONE.uid(uid).startswith("2.25.")


@given(st.text())
def test_dates_move_by_one_to_ten_years(patient):
    assert LEAST_DAYS <= ONE.days_back(patient) <= MOST_DAYS


def test_patients_move_by_different_days():
    assert len({ONE.days_back(str(i)) for i in range(100)}) > 90


def test_a_key_is_known_again_and_its_check_gives_nothing_away():
    assert ONE.check == Pseudonyms(b"a" * 32).check != OTHER.check
    assert ONE.content(b"x") != OTHER.content(b"x")


def test_a_file_name_that_is_not_utf8_has_a_pseudonym_of_its_own():
    assert ONE.file("\udcff.dcm") != ONE.file("\udcfe.dcm")
