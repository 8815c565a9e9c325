import pytest

from study_readers import message
from study_rooms import new_words, open_room, read_all, sources
from vcem.cli.main import main
from vcem.core.errors import UsageError
from vcem.study.ending import end, looks, missing, not_closed
from vcem.study.record import EndedError


@pytest.fixture
def revisable(tmp_path):
    sources(tmp_path)
    assert main(new_words(tmp_path, "most-realistic", training=0, repeats=0, reading='answers = "revisable"')) == 0
    room = open_room(tmp_path / "study")
    yield room
    room.record.close()
    room.access.close()


def test_what_is_missing_is_answers_and_sessions_that_are_still_open(revisable):
    room = revisable
    assert missing(room.study, room.record) == (
        "12 readings are not answered and 2 sessions are not closed by their readers"
    )
    while (case := room.show("Reader 1"))["state"] == "case":
        room.answer("Reader 1", message(case))
    assert missing(room.study, room.record).startswith("6 readings are not answered and 2 sessions")
    room.close_session("Reader 1")
    assert not_closed(room.study, room.record) == 1
    read_all(room, lambda reader, slot: {"place": "A"})
    assert missing(room.study, room.record) == ""


@pytest.mark.parametrize("because", ["", "  "])
def test_it_does_not_end_by_accident(room_of, because):
    room = room_of("most-realistic")
    with pytest.raises(UsageError, match="40 readings are not answered: the reading has not ended") as refused:
        end(room.study, room.record, room.clock, because)
    assert "--because" in refused.value.remedy
    assert "--interim" in refused.value.remedy
    assert not room.record.entries()


def test_it_ends_once_and_a_reason_that_was_not_needed_is_not_kept(room_of):
    room = room_of("most-realistic")
    read_all(room, lambda reader, slot: {"place": "A"})
    end(room.study, room.record, room.clock, "for no reason")
    assert room.record.end().body == {"because": ""}
    with pytest.raises(EndedError):
        end(room.study, room.record, room.clock)
    assert looks(room.record) == []


def test_a_look_that_other_hands_wrote_is_told_too(room_of):
    room = room_of("most-realistic")
    room.record.append(room.clock, "look", "", "", {})
    assert looks(room.record)[1].endswith("when all was read: no reason")
