import pytest

from study_readers import message
from study_rooms import read_all
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_csv, read_json
from vcem.study.analysis import analyse_study, verify_lines
from vcem.study.folder import open_truth
from vcem.study.imrmc import read_imrmc
from vcem.study.record import connect


def analyse(room, out):
    return analyse_study(room.study, room.record, room.study.folder.parent / "study-truth.json", out)


def test_a_multi_reader_study_goes_through_mrmc(room_of, tmp_path):
    room = room_of("multi-reader")
    truth = open_truth(room.study, room.study.folder.parent / "study-truth.json")

    def rate(reader, slot):
        item = truth.items[slot.item]
        sees = item.shown[0] != "LE"
        noise = (hash_of(reader, item.case) % 30) if sees else 60
        return {"malignancy": 60 * truth.cases[item.case].positive * sees + noise % 40}

    read_all(room, rate)
    said = "\n".join(analyse(room, tmp_path / "out"))
    found = read_json(tmp_path / "out" / "mrmc.json", "")
    assert found["areas"]["LE"] == dict.fromkeys(["Reader 1", "Reader 2", "Reader 3", "Reader 4"], 0.5)
    assert found["areas"]["LE + DES"]["Reader 1"] == 1
    assert "readers and cases random" in said
    assert len(read_csv(tmp_path / "out" / "ratings.csv")) == 4 * 3 * 6
    assert len(read_imrmc(tmp_path / "out" / "ratings.imrmc").cases) == 6


def hash_of(*words):
    return sum(map(ord, "".join(words)))


def test_the_page_stands_alone_and_says_what_is_missing(room_of, tmp_path):
    room = room_of("most-realistic")
    read_all(room, lambda reader, slot: {"place": "A"})
    said = analyse(room, tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text()
    assert "http:" not in page
    assert "https:" not in page
    assert "missing" not in page
    assert "images simulated" in page
    assert room.study.protocol in page
    assert any(line.startswith("Weighted majority: ") for line in said)
    assert len(read_csv(tmp_path / "out" / "answers.csv")) == 40


def test_half_a_study_is_called_so(room_of, tmp_path):
    room = room_of("most-realistic")
    while (case := room.show("Reader 1"))["state"] == "case":
        room.answer("Reader 1", message(case))
    assert "30 readings are missing" in analyse(room, tmp_path / "out")[0]
    assert "30 readings are missing" in (tmp_path / "out" / "index.html").read_text()


def test_half_a_multi_reader_study_has_no_areas(room_of, tmp_path):
    room = room_of("multi-reader")
    room.answer("Reader 1", message(room.show("Reader 1")))
    with pytest.raises(UsageError):
        analyse(room, tmp_path / "out")


def test_a_changed_log_is_not_analysed(room_of, tmp_path):
    room = room_of("most-realistic")
    room.answer("Reader 1", message(room.show("Reader 1")))
    database = connect(room.record.path)
    database.execute("DROP TRIGGER no_change")
    database.execute("""UPDATE log SET body = replace(body, '"A"', '"B"')""")
    database.close()
    with pytest.raises(FailureError, match="chain is broken"):
        analyse(room, tmp_path / "out")


def test_verify_counts(room_of):
    room = room_of("most-realistic")
    room.answer("Reader 1", message(room.show("Reader 1")))
    said = verify_lines(room.study, room.record, [])
    assert said[:2] == ["Reader 1: 1 of 10 readings answered", "Reader 2: 0 of 10 readings answered"]
    assert room.record.entries()[-1].hash in said[-1]
