import pytest

from study_designs import design
from vcem.core.errors import UsageError
from vcem.study.questions import check_answers, plain_questions

GOOD = {
    "most-realistic": {"place": "B"},
    "real-or-synthetic": {"real": "synthetic", "confidence": 0, "birads": "5"},
    "multi-reader": {"birads": "1", "malignancy": 100, "marks": [{"panel": "LCC", "x": 3, "y": 9}]},
}


@pytest.mark.parametrize("kind", GOOD)
def test_possible_answers_are_taken_and_others_refused(kind):
    asked = design(kind).reading.questions()
    assert check_answers(asked, GOOD[kind]) == GOOD[kind]
    for wrong in ({}, [], None, GOOD[kind] | {"more": 1}):
        with pytest.raises(UsageError, match="do not match"):
            check_answers(asked, wrong)


@pytest.mark.parametrize(
    ("kind", "change"),
    [("most-realistic", {"place": "D"}), ("most-realistic", {"place": 1}), ("real-or-synthetic", {"confidence": 101}),
     ("real-or-synthetic", {"confidence": True}), ("real-or-synthetic", {"birads": "9"}),
     ("multi-reader", {"malignancy": 3.5}), ("multi-reader", {"marks": [{"panel": "LCC", "x": 1}]}),
     ("multi-reader", {"marks": [{"panel": "LCC", "x": 1, "y": 2}] * 21})],
)  # fmt: skip
def test_impossible_values_are_refused(kind, change):
    with pytest.raises(UsageError, match="not possible"):
        check_answers(design(kind).reading.questions(), GOOD[kind] | change)


@pytest.mark.parametrize("kind", GOOD)
def test_no_two_answers_share_a_key(kind):
    keys = [k for q in plain_questions(design(kind).reading.questions()) for k in q.get("keys", ())]
    assert len(keys) == len(set(keys))
    assert not set(keys) & set("weujofi0pmc")
