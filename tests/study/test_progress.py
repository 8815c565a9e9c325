from datetime import UTC, datetime, timedelta

from study_designs import design
from vcem.study.folder import Slot
from vcem.study.progress import Finished, Now, Wait, progress
from vcem.study.schedule import Phase

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
