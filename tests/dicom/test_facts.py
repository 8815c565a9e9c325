import pytest

from vcem.dicom.facts import comment_of, facts_in

FACTS = {"density": "c", "birads": "5", "pathology": "Malignant", "findings": "Mass, Calcifications"}


def test_what_is_written_is_read():
    assert facts_in(comment_of(FACTS)) == FACTS


def test_what_is_not_known_is_left_out():
    assert comment_of({"density": "a", "birads": ""}) == "vcem simulation; density=a"


@pytest.mark.parametrize("comment", ["", "density=c", "patient moved; density=d", "vcem simulation of old"])
def test_a_comment_of_a_hospital_holds_no_facts(comment):
    assert facts_in(comment) == {}


def test_unknown_names_are_no_facts():
    assert facts_in("vcem simulation; density=b; colour=red") == {"density": "b"}


@pytest.mark.parametrize(
    "fact", ["findings=Mrs Querfeld", "birads=5 (Kim)", "density=5.4.1967", "pathology=malignant^"]
)
def test_a_fact_is_only_what_a_closed_list_holds(fact):
    assert facts_in(f"vcem simulation; {fact}") == {}
