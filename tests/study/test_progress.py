from dataclasses import replace
from datetime import UTC, datetime, timedelta

from study_designs import READINGS, design
from vcem.study.items import Phase, Slot
from vcem.study.progress import Close, Finished, Now, Wait, neighbours, progress

AT = datetime(2026, 3, 1, tzinfo=UTC)


def slots(*places):
    return [Slot(f"{s}.{p}", "r", s, p, Phase.READING, "", ()) for s, p in places]


def test_cases_come_in_their_order_whatever_the_order_of_the_table():
    own = slots((1, 2), (1, 1), (1, 3))
    first = progress(design("most-realistic"), own, {}, AT)
    assert first == Now(own[1], 0, 3)
    assert progress(design("most-realistic"), own, {"1.1": AT}, AT) == Now(own[0], 1, 3)
    assert progress(design("most-realistic"), own, dict.fromkeys(["1.1", "1.2", "1.3"], AT), AT) == Finished()


def test_the_washout_counts_from_the_last_answer_of_the_session_before():
    own, multi = slots((1, 1), (1, 2), (2, 1)), design("multi-reader")
    answered = {"1.1": AT, "1.2": AT + timedelta(days=1)}
    opens = AT + timedelta(days=29)
    assert progress(multi, own, answered, opens - timedelta(seconds=1)) == Wait(2, opens)
    assert progress(multi, own, answered, opens) == Now(own[2], 0, 1)


def test_the_washout_counts_from_the_last_of_all_sessions_before():
    own, multi = slots((1, 1), (2, 1), (3, 1)), design("multi-reader")
    # the clock stood wrong in the first session and was set back: the washout is not shortened by it
    answered = {"1.1": AT + timedelta(days=90), "2.1": AT + timedelta(days=29)}
    assert progress(multi, own, answered, AT + timedelta(days=60)) == Wait(3, AT + timedelta(days=118))


def test_a_clock_that_was_set_back_opens_nothing():
    own, multi = slots((1, 1), (2, 1)), design("multi-reader")
    assert isinstance(progress(multi, own, {"1.1": AT}, AT - timedelta(days=400)), Wait)


def revisable(kind):
    return design(kind, repeats=0, reading=replace(READINGS[kind], answers="revisable"))


def test_a_session_whose_answers_may_be_changed_ends_when_it_is_closed():
    own = slots((1, 1), (1, 2))
    answered = dict.fromkeys(["1.1", "1.2"], AT)
    assert progress(revisable("most-realistic"), own, answered, AT) == Close(1, own[1])
    assert progress(revisable("most-realistic"), own, answered, AT, {1}) == Finished()


def test_in_a_crossover_each_session_is_closed_before_its_washout_ends():
    own, multi = slots((1, 1), (2, 1)), revisable("multi-reader")
    later = AT + timedelta(days=40)
    assert progress(multi, own, {"1.1": AT}, later) == Close(1, own[0])
    assert progress(multi, own, {"1.1": AT}, later, {1}) == Now(own[1], 0, 1)
    looked_again = {"1.1": later}  # looking back at a case is seeing it
    assert progress(multi, own, looked_again, later, {1}) == Wait(2, later + timedelta(days=28))


def test_neighbours_are_answered_and_of_the_same_session():
    own = slots((1, 1), (1, 2), (1, 3), (2, 1))
    answered = {"1.1", "1.2"}
    assert neighbours(own, own[0], answered) == ("", "1.2")
    assert neighbours(own, own[1], answered) == ("1.1", "")
    assert neighbours(own, own[2], answered) == ("1.2", "")
    assert neighbours(own, own[3], {"1.1", "1.2", "1.3"}) == ("", "")
