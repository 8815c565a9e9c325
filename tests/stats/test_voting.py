import pytest

from vcem.core.errors import UsageError
from vcem.stats.voting import TieRule, weighted_majority

YEARS = {"a": 38.0, "b": 20.0, "c": 10.0, "d": 8.0}


def test_years_outweigh_heads():
    found = weighted_majority({"a": "real", "b": "synthetic", "c": "synthetic"}, YEARS)
    assert (found.answer, found.tied) == ("real", False)
    assert found.share == pytest.approx(38 / 68)


def test_equal_years_are_a_plain_majority():
    found = weighted_majority({"a": "4", "b": "3", "c": "4"}, dict.fromkeys("abc", 1.0))
    assert found.answer == "4"


def test_a_tie_goes_to_the_senior_reader_or_to_nobody():
    answers = {"a": "real", "b": "synthetic", "c": "synthetic", "d": "synthetic"}
    assert sum(YEARS[r] for r in "bcd") == YEARS["a"]
    senior, nobody = (weighted_majority(answers, YEARS, rule) for rule in TieRule)
    assert (senior.answer, senior.tied, senior.share) == ("real", True, 0.5)
    assert (nobody.answer, nobody.tied) == (None, True)


def test_a_tie_of_equally_senior_readers_is_undecided():
    assert weighted_majority({"x": "1", "y": "2"}, {"x": 5.0, "y": 5.0}).answer is None


def test_rounding_does_not_hide_a_tie():
    years = {"x": 0.1, "y": 0.2, "z": 0.3}
    assert weighted_majority({"x": "1", "y": "1", "z": "2"}, years, TieRule.UNDECIDED).tied


def test_the_order_of_readers_is_without_effect():
    answers = {"a": "4", "b": "5", "c": "5", "d": "4"}
    assert weighted_majority(dict(reversed(answers.items())), YEARS) == weighted_majority(answers, YEARS)


@pytest.mark.parametrize(("answers", "years", "message"), [
    ({}, YEARS, "no answers"),
    ({"e": "real"}, YEARS, "reader e"),
    ({"a": "real"}, {"a": 0.0}, "reader a"),
    ({"a": "real"}, {"a": float("nan")}, "reader a"),
])  # fmt: skip
def test_unknown_experience_is_refused(answers, years, message):
    with pytest.raises(UsageError, match=message):
        weighted_majority(answers, years)
