import pytest

from study_designs import design
from vcem.core.errors import UsageError
from vcem.study.questions import Canvas, check_answers, check_body, plain_questions

CANVAS = Canvas(frozenset({"LCC", "RCC"}), 10, 5)
GOOD = {
    "most-realistic": {"place": "B"},
    "real-or-synthetic": {"real": "synthetic", "confidence": 0, "birads": "5"},
    "multi-reader": {"birads": "1", "malignancy": 100, "marks": [{"panel": "LCC", "x": 3, "y": 9}]},
}


@pytest.mark.parametrize("kind", GOOD)
def test_possible_answers_are_taken_and_others_refused(kind):
    asked = design(kind).reading.questions()
    assert check_answers(asked, CANVAS, GOOD[kind]) == GOOD[kind]
    for wrong in ({}, [], None, GOOD[kind] | {"more": 1}):
        with pytest.raises(UsageError, match="do not match"):
            check_answers(asked, CANVAS, wrong)


@pytest.mark.parametrize(
    ("kind", "change"),
    [("most-realistic", {"place": "D"}), ("most-realistic", {"place": 1}), ("real-or-synthetic", {"confidence": 101}),
     ("real-or-synthetic", {"confidence": True}), ("real-or-synthetic", {"birads": "9"}),
     ("multi-reader", {"malignancy": 3.5}), ("multi-reader", {"marks": [{"panel": "LCC", "x": 1}]}),
     ("multi-reader", {"marks": [{"panel": "LCC", "x": 1, "y": 2}] * 21}),
     *(("multi-reader", {"marks": [{"panel": "LCC", "x": 1, "y": 2} | mark]}) for mark in (
         {"panel": "LMLO"}, {"panel": ["LCC"]}, {"x": 10**400}, {"x": 5}, {"x": -1}, {"y": 10}, {"y": True}, {"y": 1.0},
     ))],
)  # fmt: skip
def test_impossible_values_are_refused(kind, change):
    with pytest.raises(UsageError, match="not possible"):
        check_answers(design(kind).reading.questions(), CANVAS, GOOD[kind] | change)


@pytest.mark.parametrize("kind", GOOD)
def test_no_two_answers_share_a_key(kind):
    keys = [k for q in plain_questions(design(kind).reading.questions()) for k in q.get("keys", ())]
    assert len(keys) == len(set(keys))
    assert not set(keys) & set("weujofi0pmc")


@pytest.mark.parametrize("wrong", [
    {"times": {}}, {"times": dict.fromkeys(["paint_ms", "input_ms", "submit_ms", "hidden_ms"], -1)}, {"times": []},
    {"window": {"DES": [1]}}, {"window": {"DES": [1, 10**400]}}, {"window": {"DES": [True, 1]}}, {"answers": None},
])  # fmt: skip
def test_a_body_is_whole_or_refused(wrong):
    times = dict.fromkeys(["paint_ms", "input_ms", "submit_ms", "hidden_ms"], 7)
    body = {"answers": GOOD["most-realistic"], "times": times, "window": {"DES": [1, 2]}}
    asked = design("most-realistic").reading.questions()
    assert check_body(asked, CANVAS, body) == body
    with pytest.raises(UsageError):
        check_body(asked, CANVAS, body | wrong)
