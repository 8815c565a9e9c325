from datetime import timedelta

import pytest

from study_readers import message
from study_rooms import new_words, open_room, sources
from vcem.cli.main import main
from vcem.core.errors import UsageError
from vcem.study.items import Phase
from vcem.study.progress import Finished
from vcem.study.record import ANSWER, SHOWN

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


def test_the_next_case_can_be_loaded_ahead_but_is_not_shown_by_it(room_of):
    room = room_of()
    case = room.show(READER)
    (ahead,) = case["next"]
    before = room.record.entries()
    path = room.picture(READER, ahead)
    assert path.is_file()
    assert room.record.entries() == before
    assert room.answer(READER, message(case))
    assert room.show(READER)["panels"][0]["layers"][0]["image"] == ahead
    assert room.picture(READER, ahead) == path


def test_no_picture_of_a_later_session_comes_ahead_of_it(room_of):
    room = room_of("multi-reader")
    slots = sorted((s for s in room.study.slots if s.reader == READER), key=lambda s: (s.session, s.position))
    last = [s for s in slots if s.session == 1][-1]
    while (case := room.show(READER))["item"] != last.item:
        assert case["next"]
        room.answer(READER, message(case))
    assert case["next"] == []
    first = next(s for s in slots if s.session == 2)
    assert room.picture(READER, first.panels[0].layers[0].image) is None


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


def read_session(room, reader=READER):
    """Read until the session ends; what the page is told then."""
    while (case := room.show(reader))["state"] == "case":
        room.answer(reader, message(case))
    return case


def test_the_second_session_opens_after_the_readers_own_washout(room_of):
    room = room_of("multi-reader")
    case = read_session(room)
    assert case == {"state": "wait", "session": 2, "until": (room.clock() + timedelta(days=28)).date().isoformat()}
    room.clock.move(days=3)
    read_session(room, "Reader 2")
    room.clock.move(days=25)
    assert room.show(READER)["session"] == 2
    assert room.show("Reader 2")["state"] == "wait"
    room.clock.move(days=3)
    assert room.show("Reader 2")["session"] == 2


def test_before_the_washout_is_over_neither_pictures_nor_answers_of_the_next_session_pass(room_of):
    room = room_of("multi-reader")
    first = message(room.show(READER))
    read_session(room)
    after = next(s for s in room.study.slots if (s.reader, s.session, s.position) == (READER, 2, 1))
    for days in (27, -400):  # and a clock that is set back opens nothing either
        room.clock.move(days=days)
        assert room.picture(READER, after.panels[0].layers[0].image) is None
        with pytest.raises(UsageError, match="not the case to answer now"):
            room.answer(READER, first | {"item": after.item})


@pytest.fixture
def revisable_room(tmp_path):
    """Opens rooms of studies whose answers may be changed."""
    rooms = []

    def opened(kind="real-or-synthetic"):
        sources(tmp_path)
        assert main(new_words(tmp_path, kind, training=0, repeats=0, reading='answers = "revisable"')) == 0
        rooms.append(open_room(tmp_path / "study"))
        return rooms[-1]

    yield opened
    for room in rooms:
        room.record.close()
        room.access.close()


def test_an_answer_can_be_looked_at_and_changed_until_the_session_is_closed(revisable_room):
    room = revisable_room()
    first = room.show(READER)
    room.answer(READER, message(first, birads="2"))
    second = room.show(READER)
    assert (second["earlier"], second["given"]) == (first["item"], None)
    again = room.show(READER, first["item"])
    assert (again["given"]["birads"], again["done"], again["later"]) == ("2", 0, "")
    assert room.picture(READER, first["panels"][0]["layers"][0]["image"]).is_file()
    assert room.answer(READER, message(again, birads="5"))
    assert not room.answer(READER, message(again, birads="5"))
    assert read_session(room) == {"state": "close", "session": 1, "earlier": second_last(room)}
    assert room.answer(READER, message(again, birads="1"))
    room.close_session(READER)
    room.close_session(READER)
    assert room.show(READER) == {"state": "finished"}
    with pytest.raises(UsageError, match="locked"):
        room.answer(READER, message(again, birads="3"))
    with pytest.raises(UsageError, match="cannot be looked at now"):
        room.show(READER, first["item"])
    assert [e.kind for e in room.record.entries() if e.item == first["item"]] == [
        "shown", "answer", "review", "revision", "revision",
    ]  # fmt: skip
    assert len(room.record.entries("closed")) == 1


def second_last(room):
    return max((s for s in room.study.slots if s.reader == READER), key=lambda s: s.position).item


def test_only_own_answered_cases_can_be_looked_at_again(revisable_room):
    room = revisable_room()
    first, other = room.show(READER), room.show("Reader 2")
    room.answer(READER, message(first))
    room.answer("Reader 2", message(other))
    later = next(s for s in room.study.slots if s.reader == READER and s.position == 4)
    for item in (other["item"], later.item, "unknown"):
        with pytest.raises(UsageError, match="cannot be looked at now"):
            room.show(READER, item)
    assert room.picture(READER, later.panels[0].layers[0].image) is None


def test_in_a_crossover_the_session_before_cannot_be_changed(revisable_room):
    room = revisable_room("multi-reader")
    first = room.show(READER)
    assert read_session(room)["state"] == "close"
    room.clock.move(days=2)
    room.show(READER, first["item"])
    room.close_session(READER)
    assert room.show(READER)["until"] == (room.clock() + timedelta(days=28)).date().isoformat()  # seen today
    room.clock.move(days=28)
    assert (second := room.show(READER))["session"] == 2
    assert second["earlier"] == ""
    with pytest.raises(UsageError, match="cannot be looked at now"):
        room.show(READER, first["item"])
    with pytest.raises(UsageError, match="locked"):
        room.answer(READER, message(first, birads="5"))
