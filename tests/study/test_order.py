import pytest

from study_rooms import read_all
from vcem.study.analysis import collect
from vcem.study.folder import open_truth
from vcem.study.items import Phase
from vcem.study.order import order_table, second_half
from vcem.study.readings import of_phase


@pytest.fixture
def readings(room_of):
    room = room_of("real-or-synthetic")
    truth = open_truth(room.study, room.study.folder.parent / "study-truth.json")
    read_all(room, lambda reader, slot: {})
    return room.study.design, of_phase(collect(room.study, truth, room.record.entries()), Phase.READING)


def test_halves_are_those_of_each_reader(readings):
    _, read = readings
    late = second_half(read)
    assert sum(late) == len(read) // 2
    first = [r.item.position for r, second in zip(read, late, strict=True) if not second]
    assert len(first) == 4 * 3


def test_what_happens_late_only_is_seen(readings):
    design, read = readings
    late = dict(zip([r.item.opaque for r in read], second_half(read), strict=True))
    (table,) = order_table(design, read, {"late": lambda r: late[r.item.opaque], "always": lambda r: True})
    assert [c.split(" (")[0] for c in table.rows[0]] == ["late", "0.0 %", "100.0 %", "100.0 %"]
    assert table.rows[1][3] == "0.0 %"


def test_one_reading_has_no_halves(readings):
    design, read = readings
    assert order_table(design, read[:1], {"always": lambda r: True}) == []
