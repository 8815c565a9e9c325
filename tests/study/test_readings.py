import math

import pytest

from study_readers import message
from study_rooms import read_all
from vcem.core.errors import UsageError
from vcem.study.folder import open_truth
from vcem.study.readings import COLUMNS, collect, of_phase, patients, plain_row
from vcem.study.schedule import Phase


def truth_of(room):
    return open_truth(room.study, room.study.folder.parent / "study-truth.json")


def test_answers_meet_what_was_shown(room_of):
    room = room_of("most-realistic")
    read_all(room, lambda reader, slot: {"place": "C"})
    found = collect(room.study, truth_of(room), room.record.entries())
    assert len(found) == 40
    assert all(r.chosen == r.item.shown[2] for r in found)
    assert {r.item.reader: r.years for r in found} == {"Reader 1": 8, "Reader 2": 38, "Reader 3": 12, "Reader 4": 20}
    assert {r.seconds for r in found} == {4.0}
    assert len(of_phase(found, Phase.READING)) == 24
    assert patients(of_phase(found, Phase.READING)).max() == 5
    assert set(plain_row(found[0])) == set(COLUMNS)


def test_a_reading_begun_twice_has_no_time(room_of):
    room = room_of()
    room.show("Reader 1")
    room.answer("Reader 1", message(room.show("Reader 1")))
    (reading,) = collect(room.study, truth_of(room), room.record.entries())
    assert math.isnan(reading.seconds)


def test_nothing_answered_is_no_study(room_of):
    room = room_of()
    with pytest.raises(UsageError, match="Nobody has answered"):
        collect(room.study, truth_of(room), room.record.entries())
