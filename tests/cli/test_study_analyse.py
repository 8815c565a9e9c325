import pytest

from study_readers import message
from study_rooms import new_words, open_room, read_all, sources
from vcem.cli.main import main


@pytest.fixture
def study(tmp_path):
    sources(tmp_path)
    assert main(new_words(tmp_path, "real-or-synthetic")) == 0
    return tmp_path / "study"


def words(study):
    out = study.parent / "out"
    return ["study", "analyse", str(study), "--truth", str(study.parent / "study-truth.json"), "--out", str(out)]


def test_from_answers_to_one_page(study, capsys):
    assert main(words(study)) == 2
    assert "no answers yet" in capsys.readouterr().err
    room = open_room(study)
    read_all(room, lambda reader, slot: {"real": "real", "birads": "4"})
    room.record.close()
    room.access.close()
    assert main(words(study)) == 0
    out = capsys.readouterr().out
    assert "the paper 100 % 15.4 %" in out
    assert {p.name for p in (study.parent / "out").iterdir()} == {"index.html", "results.csv", "answers.csv"}
    first = (study.parent / "out" / "index.html").read_bytes()
    assert main(words(study)) == 0
    assert (study.parent / "out" / "index.html").read_bytes() == first


def test_another_truth_is_refused(study, capsys):
    room = open_room(study)
    room.record.close()
    room.access.close()
    (study.parent / "study-truth.json").write_text("{}")
    assert main(words(study)) == 2
    assert "not the truth that was sealed" in capsys.readouterr().err


def test_before_the_end_it_refuses_ends_with_a_reason_or_notes_a_look(study, capsys):
    room = open_room(study)
    while (case := room.show("Reader 1"))["state"] == "case":
        room.answer("Reader 1", message(case))
    room.record.close()
    room.access.close()
    assert main(words(study)) == 2
    refused = capsys.readouterr().err
    assert "10 readings are not answered: the reading has not ended." in refused
    assert "what to do: " in refused
    assert not (study.parent / "out").exists()
    assert main([*words(study), "--because", "a", "--interim", "b"]) == 2
    assert "--interim too" in capsys.readouterr().err
    elsewhere = [w.replace("study-truth", "no-truth") for w in words(study)]
    assert main([*elsewhere, "--because", "two readers left"]) == 2
    assert main([*words(study), "--interim", "the plan's look at a quarter"]) == 0
    assert main([*words(study), "--because", "two readers left"]) == 0
    out = capsys.readouterr().out
    assert "ended before all was read, because: two readers left" in out
    assert out.count("looked at once before the reading ended") == 2
    assert main([*words(study), "--because", "again"]) == 2
    assert "ended already" in capsys.readouterr().err
    assert main([*words(study), "--interim", "again"]) == 2
    assert "no look is interim any more" in capsys.readouterr().err
    study.joinpath("answers.sqlite").chmod(0o400)
    study.chmod(0o500)  # an ended study is analysed from where nobody can write
    assert main(words(study)) == 0
    study.chmod(0o700)


def test_answers_are_of_persons_and_nobody_else_reads_them(study):
    room = open_room(study)
    room.record.close()
    room.access.close()
    assert {(study / name).stat().st_mode & 0o777 for name in ("answers.sqlite", "access.sqlite")} == {0o600}
