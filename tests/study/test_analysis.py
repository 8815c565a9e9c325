import re
import sqlite3
from dataclasses import replace

import pytest

from study_readers import message
from study_rooms import READINGS, new_words, open_room, read_all, sources
from vcem.cli.main import main
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_csv, read_json
from vcem.folders.study import truth_beside
from vcem.study.analysis import analyse_study, sound, strange, verify_lines
from vcem.study.ending import end, look
from vcem.study.folder import open_truth
from vcem.study.imrmc import read_imrmc


def analyse(room, out, interim=""):
    """Analyse a study as the command does: the end comes first, unless it is looked at before."""
    if not interim and not room.ended:
        end(room.study, room.record, room.clock)
    return analyse_study(room.study, room.record, truth_beside(room.study.folder), out, interim, room.clock)


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


@pytest.mark.parametrize("kind", READINGS)
def test_answers_that_never_vary_give_sentences_and_no_nan(kind, room_of, tmp_path):
    room = room_of(kind)
    read_all(room, lambda reader, slot: {})
    said = "\n".join(analyse(room, tmp_path / "out"))
    page = re.sub(r"<[^>]*>", " ", (tmp_path / "out" / "index.html").read_text())
    for text in (said, page, (tmp_path / "out" / "results.csv").read_text()):
        assert not re.search(r"\bnan\b|\binf\b", text)
    if kind != "most-realistic":
        assert "no kappa" in page


@pytest.mark.parametrize("kind", ["most-realistic", "real-or-synthetic"])
def test_one_reader_and_two_cases_are_analysed_without_nan(kind, tmp_path):
    sources(tmp_path)
    words = new_words(tmp_path, kind, readers=1, count=2, training=0, repeats=0)
    design = tmp_path / f"{kind}.toml"
    design.write_text(design.read_text().replace('"cyclegan"\n', '"cyclegan"\ncounterbalanced = false\n'))
    assert main(words) == 0
    room = open_room(tmp_path / "study")
    read_all(room, lambda reader, slot: {})
    said = "\n".join(analyse(room, tmp_path / "out"))
    room.record.close()
    room.access.close()
    assert not re.search(r"\bnan\b", said + re.sub(r"<[^>]*>", " ", (tmp_path / "out" / "index.html").read_text()))


def test_a_note_and_what_was_left_out_stand_on_the_page(room_of, tmp_path):
    room = room_of("most-realistic")
    read_all(room, lambda reader, slot: {})
    room.study = replace(room.study, design=replace(room.study.design, note="Scripts read this."), left_out=7)
    assert analyse(room, tmp_path / "out")[0] == "Scripts read this."
    page = (tmp_path / "out" / "index.html").read_text()
    assert '<p class="warning">Scripts read this.</p>' in page
    assert "unknown pathology, left out</dt><dd>7" in page


def test_half_a_study_is_called_so(room_of, tmp_path):
    room = room_of("most-realistic")
    while (case := room.show("Reader 1"))["state"] == "case":
        room.answer("Reader 1", message(case))
    end(room.study, room.record, room.clock, "two readers left")
    analyse(room, tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text()
    assert "30 readings are missing" in page
    assert "because: two readers left" in page


def test_half_a_multi_reader_study_has_no_areas(room_of, tmp_path):
    room = room_of("multi-reader")
    room.answer("Reader 1", message(room.show("Reader 1")))
    end(room.study, room.record, room.clock, "three readers left")
    with pytest.raises(UsageError, match="at least two patients with cases of either class"):
        analyse(room, tmp_path / "out")


def test_nothing_is_analysed_before_the_end_without_a_reason(room_of, tmp_path):
    room = room_of("most-realistic")
    room.answer("Reader 1", message(room.show("Reader 1")))
    truth = truth_beside(room.study.folder)
    before = room.record.head()
    with pytest.raises(UsageError, match="has not ended"):
        analyse_study(room.study, room.record, truth, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert room.record.head() == before


def test_every_look_before_the_end_stands_over_every_later_result(room_of, tmp_path):
    room = room_of("most-realistic")
    while (case := room.show("Reader 1"))["state"] == "case":
        room.answer("Reader 1", message(case))
    assert "looked at once" in "".join(analyse(room, tmp_path / "first", interim="the registered look at a quarter"))
    read_all(room, lambda reader, slot: {"place": "A"})
    analyse(room, tmp_path / "second", interim="curiosity")
    said = analyse(room, tmp_path / "last")
    page = (tmp_path / "last" / "index.html").read_text()
    for told in (said, verify_lines(room.study, room.record, [])):
        assert any("looked at 2 times before the reading ended" in line for line in told)
    assert "Look 1, 2026-03-02T09:00 UTC, when 30 readings are not answered: the registered look" in page
    assert "when all was read: curiosity" in page
    assert strange(room.study, room.record.entries()) == []
    with pytest.raises(UsageError, match="no look is interim any more"):
        look(room.study, room.record, room.clock, "again")
    assert len(room.record.entries("look")) == 2


def test_a_look_that_shows_nothing_is_none(room_of, tmp_path):
    room = room_of("most-realistic")
    with pytest.raises(UsageError, match="Nobody has answered"):
        analyse(room, tmp_path / "out", interim="curiosity")
    assert not room.record.entries("look")


def test_a_changed_log_is_not_analysed(room_of, tmp_path):
    room = room_of("most-realistic")
    room.answer("Reader 1", message(room.show("Reader 1")))
    database = sqlite3.connect(room.record.path, isolation_level=None)
    database.execute("DROP TRIGGER no_change")
    database.execute("""UPDATE log SET body = replace(body, '"A"', '"B"')""")
    database.close()
    with pytest.raises(FailureError, match="chain is broken"):
        analyse(room, tmp_path / "out", interim="curiosity")


def test_verify_counts(room_of):
    room = room_of("most-realistic")
    room.answer("Reader 1", message(room.show("Reader 1")))
    said = verify_lines(room.study, room.record, [])
    assert said[:2] == ["Reader 1: 1 of 10 readings answered", "Reader 2: 0 of 10 readings answered"]
    assert room.record.entries()[-1].hash in said[-1]


def test_changed_answers_count_and_open_sessions_are_told(tmp_path):
    sources(tmp_path)
    reading = 'answers = "revisable"\n[power]\nshare = 0.6'
    assert main(new_words(tmp_path, "most-realistic", training=0, repeats=0, reading=reading)) == 0
    room = open_room(tmp_path / "study")
    case = room.show("Reader 1")
    for place in "AB":
        room.answer("Reader 1", message(case, place=place))
    read_all(room, lambda reader, slot: {"place": "A"})
    said = analyse(room, tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text()
    assert "1 of 12" in page  # changed
    assert "0.6 of the votes against 1/3" in page
    assert "not closed" not in page + "\n".join(said)
    (row,) = [r for r in read_csv(tmp_path / "out" / "answers.csv") if r["item"] == case["item"]]
    assert (row["answers"], row["first_answers"], row["revisions"]) == ("place=B", "place=A", "1")
    close(room)


def close(room):
    room.record.close()
    room.access.close()


def test_sessions_that_are_still_open_are_told(tmp_path):
    sources(tmp_path)
    words = new_words(tmp_path, "most-realistic", training=0, repeats=0, reading='answers = "revisable"')
    assert main(words) == 0
    room = open_room(tmp_path / "study")
    for reader in ("Reader 1", "Reader 2"):
        while (case := room.show(reader))["state"] == "case":
            room.answer(reader, message(case))
    room.close_session("Reader 1")
    said = analyse(room, tmp_path / "out", interim="curiosity")
    assert "1 sessions are not closed: their answers may still be changed." in said
    end(room.study, room.record, room.clock, "Reader 2 left")
    assert "1 sessions are not closed." in analyse(room, tmp_path / "out")
    close(room)


GOOD_TIMES = {"paint_ms": 40, "input_ms": 900, "submit_ms": 5040, "hidden_ms": 1000}
DAMAGE = {
    "far away": {"marks": [{"panel": "LCC", "x": 10**400, "y": 1}]},
    "no panel": {"marks": [{"panel": "?", "x": 1, "y": 1}]},
    "no rating": {"malignancy": None}, "no mark": {"marks": 7}, "no category": {"birads": "9"},
}  # fmt: skip


def read_with_damage(room, damaged):
    """Read all; `damaged(reader, slot)` gives a body for the log that the server would never have taken, or None."""

    def answers(reader, slot):
        if (body := damaged(reader, slot)) is not None:
            room.record.answer(room.clock, reader, slot.item, body)
        return {"malignancy": hash_of(reader, slot.item) % 101} if body is None else {}

    read_all(room, answers, taken=lambda slot: room.record.given(slot.item) is not None)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_rating_is_set_aside_by_name_and_its_case_left_out(room_of, tmp_path, damage):
    room = room_of("multi-reader")
    truth = open_truth(room.study, room.study.folder.parent / "study-truth.json")
    one = next(i for i in truth.items.values() if (i.reader, i.session, i.phase) == ("Reader 2", 2, "reading"))
    body = {"answers": {"birads": "1", "malignancy": 5, "marks": []} | DAMAGE[damage], "times": GOOD_TIMES}
    read_with_damage(room, lambda reader, slot: body if slot.item == one.opaque else None)
    said = "\n".join(analyse(room, tmp_path / "out"))
    assert f"answer of Reader 2 to session 2, case {one.position}, is set aside" in said
    assert f"for an answer set aside: case {one.case}." in said
    assert "missing" not in said
    rows = read_csv(tmp_path / "out" / "ratings.csv")
    assert len(rows) == 4 * 3 * 5
    assert one.case not in {row["case"] for row in rows}
    assert one.case in {row["case"] for row in read_csv(tmp_path / "out" / "answers.csv")}
    assert "is set aside" in (tmp_path / "out" / "index.html").read_text()


def test_a_reader_whose_answers_are_damaged_is_left_out_and_not_the_study(room_of, tmp_path):
    room = room_of("multi-reader")
    body = {"answers": {"birads": "1", "malignancy": 5, "marks": [{"panel": "LCC", "x": 10**400, "y": 3}]}}
    read_with_damage(room, lambda reader, slot: body if reader == "Reader 3" else None)
    said = analyse(room, tmp_path / "out")
    assert "Left out for answers set aside: reader Reader 3." in said
    assert {row["reader"] for row in read_csv(tmp_path / "out" / "ratings.csv")} == {"Reader 1", "Reader 2", "Reader 4"}


@pytest.mark.parametrize(("body", "why"), [
    ({"answers": {"place": "D"}, "times": GOOD_TIMES}, "answer to place is not possible"),
    ({"answers": {"place": "A"}}, "times are malformed"), ({}, "do not match the questions"),
    ({"answers": {"place": "A"}, "times": GOOD_TIMES | {"paint_ms": 10**30}}, "times are malformed"),
])  # fmt: skip
def test_in_other_studies_a_damaged_answer_is_one_reading_less(room_of, tmp_path, body, why):
    room = room_of("most-realistic")
    first = next(s for s in room.study.slots if s.reader == "Reader 1" and s.position == 1)
    room.record.answer(room.clock, "Reader 1", first.item, {"answers": {"place": "A"}} | body if body else body)
    room.record.append(room.clock, "answer", "nobody", "no item", body)
    second = next(s for s in room.study.slots if s.reader == "Reader 1" and s.position == 2)
    good = {"answers": {"place": "A"}, "times": GOOD_TIMES}
    room.record.append(room.clock().replace(tzinfo=None), "answer", "Reader 1", second.item, good)
    while (case := room.show("Reader 2"))["state"] == "case":
        room.answer("Reader 2", message(case))
    entries, damaged = sound(room.study, room.record.entries())
    assert [said.split(" is set aside: ")[0] for _, said in damaged] == [
        "Entry 1, answer of Reader 1 to session 1, case 1,", "Entry 2, answer of nobody to 'no item',",
        "Entry 3, answer of Reader 1 to session 1, case 2,",
    ]  # fmt: skip
    assert why in damaged[0][1]
    assert len(entries) == len(room.record.entries()) - 3
    assert any(why in line for line in analyse(room, tmp_path / "out", interim="curiosity"))


def test_what_the_server_never_writes_is_told_and_changes_no_result(room_of, tmp_path):
    room = room_of("most-realistic")
    read_all(room, lambda reader, slot: {})
    assert strange(room.study, room.record.entries()) == []
    before = analyse(room, tmp_path / "before", interim="curiosity")
    item = next(s.item for s in room.study.slots if s.reader == "Reader 1" and s.phase == "reading")
    later = {"answers": {"place": "C"}, "times": GOOD_TIMES}
    room.record.revise(room.clock, "Reader 1", item, later)
    room.record.append(room.clock, "answer", "Eve", "no item", later)
    room.record.append(room.clock, "evil", "Reader 1", "", {})
    said = strange(room.study, room.record.entries())
    assert [text.partition(",")[0] for text in said] == [f"Entry {room.record.verify().n - k}" for k in (1, 0, 2)]
    assert "the answer was locked" in said[-1]
    after = analyse(room, tmp_path / "after", interim="curiosity")
    apart = ("set aside", "missing", "ook")  # what was seen, apart from how often it was looked at
    found, known = ([line for line in lines if not any(w in line for w in apart)] for lines in (after, before))
    assert found == known


def test_a_change_behind_the_end_of_its_session_is_set_aside(tmp_path):
    sources(tmp_path)
    words = new_words(tmp_path, "most-realistic", training=0, repeats=0, reading='answers = "revisable"')
    assert main(words) == 0
    room = open_room(tmp_path / "study")
    read_all(room, lambda reader, slot: {"place": "A"})
    item = next(s.item for s in room.study.slots if s.reader == "Reader 1")
    room.record.revise(room.clock, "Reader 1", item, {"answers": {"place": "B"}, "times": GOOD_TIMES})
    ((entry, said),) = sound(room.study, room.record.entries())[1]
    assert (entry.kind, said.partition(": ")[2]) == ("revision", "the answer was locked.")
    close(room)


def test_an_answer_behind_the_end_of_the_reading_is_set_aside(room_of):
    room = room_of("most-realistic")
    read_all(room, lambda reader, slot: {"place": "A"})
    end(room.study, room.record, room.clock)
    entries = room.record.entries()
    answers = [e for e in entries if e.kind == "answer"]
    late = [replace(entries[-1], n=answers[-1].n), replace(answers[-1], n=len(entries))]  # these two change places
    kept, damaged = sound(room.study, [e for e in entries if e not in (answers[-1], entries[-1])] + late)
    assert len([e for e in kept if e.kind == "answer"]) == len(answers) - 1
    ((entry, said),) = damaged
    assert (entry.item, said.partition(": ")[2]) == (answers[-1].item, "it came after the end of the reading.")
    assert any("the reading ended at" in line for line in verify_lines(room.study, room.record, []))
