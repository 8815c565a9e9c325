import shutil
import sqlite3
from contextlib import closing

import pytest

from study_readers import message
from study_rooms import new_words, open_room, read_all, sources
from vcem.cli.main import main
from vcem.study.folder import open_study
from vcem.study.record import link, open_record


@pytest.fixture
def study(tmp_path, capsys):
    sources(tmp_path)
    assert main(new_words(tmp_path, "most-realistic")) == 0
    room = open_room(tmp_path / "study")
    read_all(room, lambda reader, slot: {"place": "B"})
    room.record.close()
    room.access.close()
    capsys.readouterr()
    return tmp_path / "study"


def test_an_untouched_study_holds_and_a_noted_head_is_found_again(study, capsys):
    head = head_of(study, capsys)
    before = {p.name: p.read_bytes() for p in study.glob("answers*")}
    for given in (head, head.partition(":")[2], head[: head.index(":") + 17]):
        assert main(["study", "verify", str(study), "--head", given]) == 0
    out = capsys.readouterr().out
    assert "Reader 1: 10 of 10 readings answered" in out
    assert "20 of 20 expected answers" in out
    assert before == {p.name: p.read_bytes() for p in study.glob("answers*")}
    for wrong in (head[::-1], "7" + head, head[:10], "x", ":"):
        assert main(["study", "verify", str(study), "--head", wrong]) == 1
    assert "cut off" in capsys.readouterr().err
    truth = study.parent / "study-truth.json"
    assert main(["study", "verify", str(study), "--head", head, "--truth", str(truth)]) == 0


def head_of(study, capsys):
    """The head that verify prints; without one that was noted it is not content."""
    assert main(["study", "verify", str(study)]) == 2
    said = capsys.readouterr()
    assert "No head was given" in said.err
    return said.out.split()[-1]


def rewritten(study):
    """Another answer in the log, and the whole chain computed anew."""
    opened = open_study(study)
    database = sqlite3.connect(study / "answers.sqlite", isolation_level=None)
    database.execute("DROP TRIGGER no_change")
    previous = opened.protocol
    for cells in database.execute("SELECT n, at, kind, reader, item, body FROM log ORDER BY n").fetchall():
        changed = (*cells[:5], cells[5].replace('"B"', '"A"'))
        previous = link(previous, changed)
        database.execute("UPDATE log SET body = ?, hash = ? WHERE n = ?", (changed[5], previous, cells[0]))
    database.close()


def test_a_log_that_was_written_anew_is_found_by_the_head(study, capsys):
    head = head_of(study, capsys)
    rewritten(study)
    assert main(["study", "verify", str(study), "--head", head]) == 1
    assert "none written anew" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["no log", "no table", "no database"])
def test_a_log_that_lost_its_content_does_not_verify_as_empty(study, capsys, damage):
    head = head_of(study, capsys)
    log = study / "answers.sqlite"
    log.unlink()
    if damage == "no table":
        sqlite3.connect(log).execute("CREATE TABLE other (n)").connection.close()
    elif damage == "no database":
        log.write_bytes(b"not a database at all" * 99)
    assert main(["study", "verify", str(study), "--head", head]) != 0
    assert ("no answers yet" if damage == "no log" else "cannot be read as a log") in capsys.readouterr().err


def test_a_copy_of_the_main_file_alone_holds_what_a_running_server_confirmed(tmp_path):
    sources(tmp_path)
    assert main(new_words(tmp_path, "most-realistic")) == 0
    room = open_room(tmp_path / "study")
    for _ in range(3):
        room.answer("Reader 1", message(room.show("Reader 1")))
    (tmp_path / "copy").mkdir()
    shutil.copy(room.record.path, tmp_path / "copy")
    with closing(open_record(tmp_path / "copy", room.study.protocol)) as copy:
        assert copy.head() == room.record.head()
    room.record.close()
    room.access.close()


def test_a_cut_end_is_found_only_with_a_noted_head(study, capsys):
    head = head_of(study, capsys)
    database = sqlite3.connect(study / "answers.sqlite", isolation_level=None)
    database.execute("DROP TRIGGER no_removal")
    database.execute("DELETE FROM log WHERE n = (SELECT max(n) FROM log)")
    database.close()
    shorter = head_of(study, capsys)
    assert main(["study", "verify", str(study), "--head", shorter]) == 0
    assert main(["study", "verify", str(study), "--head", head]) == 1


def test_a_changed_answer_or_picture_fails(study, capsys):
    picture = next((study / "pictures").iterdir())
    kept = picture.read_bytes()
    picture.write_bytes(b"\0" * len(kept))
    assert main(["study", "verify", str(study)]) == 1
    assert "not as it was frozen" in capsys.readouterr().err
    picture.write_bytes(kept)
    database = sqlite3.connect(study / "answers.sqlite", isolation_level=None)
    database.execute("DROP TRIGGER no_change")
    database.execute("""UPDATE log SET body = replace(body, '"B"', '"A"') WHERE n = 4""")
    database.close()
    assert main(["study", "verify", str(study)]) == 1
    assert "Entry 4" in capsys.readouterr().err


def test_a_clock_that_was_set_back_is_told(study, capsys):
    room = open_room(study)
    room.record.append(room.clock(), "resume", "Reader 1", "", {})  # the test's clock begins where the study began
    room.record.close()
    room.access.close()
    assert main(["study", "verify", str(study)]) == 2
    assert "beware: the clock was set back after 2026-03-02T" in capsys.readouterr().out
