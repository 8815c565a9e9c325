import pytest

from vcem.dicom.facts import comment_of, facts_in

FACTS = {"density": "c", "birads": "5", "pathology": "Malignant", "findings": "Mass, calcifications"}


def test_what_is_written_is_read():
    assert facts_in(comment_of(FACTS)) == FACTS


def test_what_is_not_known_is_left_out():
    assert comment_of({"density": "a", "birads": ""}) == "vcem simulation; density=a"


@pytest.mark.parametrize("comment", ["", "density=c", "patient moved; density=d", "vcem simulation of old"])
def test_a_comment_of_a_hospital_holds_no_facts(comment):
    assert facts_in(comment) == {}


def test_unknown_names_are_no_facts():
    assert facts_in("vcem simulation; density=b; colour=red") == {"density": "b"}
