import pytest

from study_rooms import new_words, open_room, read_all, sources
from vcem.cli.main import main
from vcem.study.record import connect


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
    assert main(["study", "verify", str(study)]) == 0
    out = capsys.readouterr().out
    assert "Reader 1: 10 of 10 readings answered" in out
    head = out.split()[-1]
    assert main(["study", "verify", str(study), "--head", head]) == 0
    assert main(["study", "verify", str(study), "--head", head[::-1]]) == 1
    assert "cut off" in capsys.readouterr().err


def test_a_cut_end_is_found_only_with_a_noted_head(study, capsys):
    main(["study", "verify", str(study)])
    head = capsys.readouterr().out.split()[-1]
    database = connect(study / "answers.sqlite")
    database.execute("DROP TRIGGER no_removal")
    database.execute("DELETE FROM log WHERE n = (SELECT max(n) FROM log)")
    database.close()
    assert main(["study", "verify", str(study)]) == 0
    assert main(["study", "verify", str(study), "--head", head]) == 1


def test_a_changed_answer_or_picture_fails(study, capsys):
    picture = next((study / "pictures").iterdir())
    kept = picture.read_bytes()
    picture.write_bytes(b"\0" * len(kept))
    assert main(["study", "verify", str(study)]) == 1
    assert "not as it was frozen" in capsys.readouterr().err
    picture.write_bytes(kept)
    database = connect(study / "answers.sqlite")
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
    assert main(["study", "verify", str(study)]) == 0
    assert "beware: the clock was set back after 2026-03-02T" in capsys.readouterr().out
