import pytest

from vcem.core.doses import channels_of, doses_of
from vcem.core.errors import UsageError


def test_a_list_of_percents_keeps_its_order():
    assert doses_of("50, 0,100") == (50, 0, 100)
    assert channels_of(50) == ("le_50", "des_50")


@pytest.mark.parametrize(("text", "message"), [
    ("0,120", "dose of 120 % is impossible"), ("-5", "dose of -5 % is impossible"), ("10,5,10", "10 % is there twice"),
    ("2.5", "'2.5' is not a list of doses"), ("", "not a list"), ("5;10", "not a list"),
])  # fmt: skip
def test_an_impossible_list_is_one_clear_error(text, message):
    with pytest.raises(UsageError, match=message):
        doses_of(text)
