from datetime import timedelta

import pytest

from study_readers import message
from vcem.core.errors import UsageError
from vcem.study.progress import Finished
from vcem.study.record import ANSWER, SHOWN
from vcem.study.schedule import Phase

READER = "Reader 1"


def test_an_answer_is_stored_before_the_next_case_is_known(room_of):
    room = room_of()
    first = room.show(READER)
    assert room.show(READER)["item"] == first["item"]
    assert room.answer(READER, message(first, real="real"))
    second = room.show(READER)
    assert second["item"] != first["item"]
    assert (second["done"], second["total"]) == (1, 10)
    assert [e.item for e in room.record.entries(SHOWN, READER)] == [first["item"], first["item"], second["item"]]


def test_a_double_click_changes_nothing_and_a_second_thought_is_refused(room_of):
    room = room_of()
    case = room.show(READER)
    assert room.answer(READER, message(case, birads="2"))
    assert not room.answer(READER, message(case, birads="2"))
    with pytest.raises(UsageError, match="locked"):
        room.answer(READER, message(case, birads="3"))
    assert len(room.record.entries(ANSWER)) == 1


def test_only_the_present_case_of_the_reader_can_be_answered_or_seen(room_of):
    room = room_of()
    mine, others = room.show(READER), room.show("Reader 2")
    later = next(s for s in room.study.slots if s.reader == READER and s.position == 3)
    for item in (others["item"], later.item, "unknown"):
        with pytest.raises(UsageError, match="not the case to answer now"):
            room.answer(READER, message(mine) | {"item": item})
    own, foreign = mine["panels"][0]["layers"][0]["image"], others["panels"][0]["layers"][0]["image"]
    assert room.picture(READER, own).is_file()
    assert room.picture(READER, foreign) is None
    assert room.picture(READER, later.panels[0].layers[0].image) is None
    assert room.picture(READER, "../protocol.json") is None


@pytest.mark.parametrize(
    "change",
    [{"times": {}}, {"times": {"paint_ms": -1, "input_ms": 0, "submit_ms": 0, "hidden_ms": 0}},
     {"window": {"DES": [1]}}, {"window": []}, {"answers": None}, {"more": 1}],
)  # fmt: skip
def test_malformed_messages_are_refused(room_of, change):
    room = room_of()
    with pytest.raises(UsageError):
        room.answer(READER, message(room.show(READER)) | change)
    assert not room.record.entries(ANSWER)


def test_repeats_look_like_any_other_reading_and_the_end_is_told(room_of):
    room = room_of("most-realistic")
    phases = {s.item: s.phase for s in room.study.slots}
    while (case := room.show(READER))["state"] == "case":
        assert case["practice"] == (phases[case["item"]] is Phase.TRAINING)
        room.answer(READER, message(case))
    assert isinstance(room.state(READER), Finished)
    assert Phase.REPEAT in phases.values()


def test_the_second_session_opens_after_the_washout(room_of):
    room = room_of("multi-reader")
    while (case := room.show(READER))["state"] == "case":
        room.answer(READER, message(case))
    assert case == {"state": "wait", "session": 2, "until": (room.clock() + timedelta(days=28)).date().isoformat()}
    room.clock.move(days=28)
    assert room.show(READER)["session"] == 2
