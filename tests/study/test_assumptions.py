import pytest

from study_designs import READINGS
from vcem.core.errors import UsageError
from vcem.study.assumptions import Assumptions, PilotStudy

PILOT = PilotStudy(114, 0.0002, 0.0008, 0.00035, 0.00034, 0.00024)
GOOD = {
    "multi-reader": Assumptions(effect=0.05, pilot=PILOT),
    "most-realistic": Assumptions(share=0.5),
    "real-or-synthetic": Assumptions(share=0.6, discordant=0.2),
}


def needed(kind):
    return READINGS[kind].assumed


@pytest.mark.parametrize("kind", GOOD)
def test_each_kind_has_its_own_assumptions(kind):
    GOOD[kind].check(kind, needed(kind))
    for other in GOOD.keys() - {kind}:
        with pytest.raises(UsageError, match=rf"\[power\] of a {kind} study"):
            GOOD[other].check(kind, needed(kind))


@pytest.mark.parametrize(("wrong", "message"), [
    (Assumptions(share=1.5), "power.share"), (Assumptions(share=0.5, target=80), "power.target"),
    (Assumptions(), "no assumption"),
])  # fmt: skip
def test_impossible_assumptions_are_refused(wrong, message):
    with pytest.raises(UsageError, match=message):
        wrong.check("most-realistic", needed("most-realistic"))


@pytest.mark.parametrize("effect", [0.0, 1.5, float("nan"), float("inf")])
def test_an_effect_is_a_difference_of_two_areas(effect):
    with pytest.raises(UsageError, match=r"power.effect = .* is not a difference of two areas"):
        Assumptions(effect=effect, pilot=PILOT).check("multi-reader", needed("multi-reader"))


def test_a_pilot_of_no_study_is_refused():
    for pilot in (PilotStudy(1, 0, 0.1, 0, 0, 0), PilotStudy(50, 0, 0, 0, 0, 0), PilotStudy(10**400, 0, 1, 0, 0, 0)):
        with pytest.raises(UsageError, match="of no study"):
            Assumptions(effect=0.05, pilot=pilot).check("multi-reader", needed("multi-reader"))


def test_a_pilot_is_what_planning_takes():
    assert (PILOT.known().cases, PILOT.known().components.error) == (114, 0.0008)
