from collections import Counter
from dataclasses import replace

import pytest

from study_designs import READINGS, SECRET, candidates, design
from vcem.core.errors import UsageError
from vcem.study.cases import arms, choose, stratum
from vcem.study.secret import Secret


@pytest.mark.parametrize("kind", READINGS)
def test_as_many_as_asked_one_a_patient_and_training_apart(kind):
    found = choose(design(kind), candidates(), SECRET)
    assert (len(found.read), len(found.training), len(found.repeated)) == (24, 2, 4)
    patients = [c.patient for c in (*found.read, *found.training)]
    assert len(set(patients)) == 26
    assert {c.case for c in found.repeated} <= {c.case for c in found.read}


def test_strata_are_drawn_in_proportion():
    many = [replace(c, facts={"density": "b" if int(c.patient[1:]) < 30 else "d"}) for c in candidates()]
    found = choose(design("most-realistic", count=20), many, SECRET)
    assert Counter(c.facts["density"] for c in found.read) == {"b": 15, "d": 5}


def test_positives_are_as_asked():
    found = choose(design("multi-reader", positives=9), candidates(), SECRET)
    assert sum(bool(c.positive) for c in found.read) == 9


def test_the_secret_decides_and_the_order_given_does_not():
    one, same = (choose(design("most-realistic"), order, SECRET) for order in (candidates(), candidates()[::-1]))
    assert one == same
    assert one == choose(design("most-realistic", seed=1), candidates(), SECRET)
    assert one.read != choose(design("most-realistic"), candidates(), Secret("6" * 64)).read


def test_arms_are_equal_within_strata():
    plan = design("real-or-synthetic")
    read = choose(plan, candidates(), SECRET).read
    arm = arms(plan, SECRET, read, "read", 2)
    assert sorted(Counter(arm.values()).values()) == [12, 12]
    for name in {stratum(plan, c) for c in read}:
        own = Counter(arm[c.case] for c in read if stratum(plan, c) == name)
        assert abs(own[0] - own[1]) <= 1


def without(case, **changes):
    return [replace(c, **changes) if c.case == case else c for c in candidates()]


@pytest.mark.parametrize(("kind", "given", "message"), [
    ("most-realistic", [*candidates(), candidates()[0]], "Case P0_L is given twice"),
    ("most-realistic", [], "no images of autoencoder"),
    ("most-realistic", candidates(sources=("real", "cyclegan")), "no images of autoencoder"),
    ("real-or-synthetic", candidates(sources=("cyclegan",)), "no images of real"),
    ("multi-reader", without("P3_R", positive=None), "pathology of 1 of 80 cases is not known, the first is P3_R"),
    ("most-realistic", candidates(10), "needs 24 cases of different patients (read), there are 10"),
    ("most-realistic", candidates(25), "needs 2 cases of different patients (training), there are 1"),
])  # fmt: skip
def test_what_does_not_serve_the_design_is_refused(kind, given, message):
    with pytest.raises(UsageError) as error:
        choose(design(kind), given, SECRET)
    assert message in str(error.value)


def test_cases_without_all_images_are_passed_over():
    poor = [replace(c, sources=frozenset(["real"])) if int(c.patient[1:]) < 10 else c for c in candidates()]
    assert all(int(c.patient[1:]) >= 10 for c in choose(design("real-or-synthetic"), poor, SECRET).read)


def test_truth_is_not_needed_where_nothing_asks_for_it():
    assert choose(design("most-realistic"), [replace(c, positive=None) for c in candidates()], SECRET).read


def test_cases_of_unknown_pathology_are_left_out_for_a_reason_only():
    plan = design("multi-reader", unknown_left_out_because="never biopsied, no follow-up yet")
    found = choose(plan, without("P3_R", positive=None), SECRET)
    assert found.left_out == ("P3_R",)
    assert "P3_R" not in {c.case for c in (*found.read, *found.training)}
    assert choose(design("most-realistic"), without("P3_R", positive=None), SECRET).left_out == ()
