import math

import pytest

from study_readers import message
from study_rooms import read_all
from vcem.core.errors import UsageError
from vcem.study.analysis import collect
from vcem.study.folder import open_truth
from vcem.study.items import Phase
from vcem.study.readings import COLUMNS, changed, of_phase, patients, plain_row
from vcem.study.realism import chosen


def truth_of(room):
    return open_truth(room.study, room.study.folder.parent / "study-truth.json")


def test_answers_meet_what_was_shown(room_of):
    room = room_of("most-realistic")
    read_all(room, lambda reader, slot: {"place": "C"})
    found = collect(room.study, truth_of(room), room.record.entries())
    assert len(found) == 40
    assert all(chosen(r) == r.item.shown[2] for r in found)
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


def test_of_changed_answers_the_last_counts_and_the_first_reading_keeps_its_time(room_of):
    room = room_of()
    body = message(room.show("Reader 1"), birads="2")
    room.answer("Reader 1", body)
    for birads, took in (("3", 3000), ("5", 8000)):
        times = {"paint_ms": 500, "input_ms": 900, "submit_ms": took, "hidden_ms": 500}
        room.record.revise(
            room.clock(), "Reader 1", body["item"], {"answers": body["answers"] | {"birads": birads}, "times": times}
        )
    room.answer("Reader 1", message(room.show("Reader 1")))
    first, second = found = collect(room.study, truth_of(room), room.record.entries())
    assert (first.answers["birads"], first.first_answers["birads"], len(first.revisions)) == ("5", "2", 2)
    assert (first.seconds, first.revision_seconds) == (4.0, 9.0)
    assert changed(found) == [first]
    row = plain_row(first)
    assert (row["revisions"], row["seconds"], row["revision_seconds"]) == (2, 4.0, 9.0)
    assert ("birads=5" in row["answers"], "birads=2" in row["first_answers"]) == (True, True)
    assert (second.answers, second.revision_seconds) == (second.first_answers, 0)
