import pytest

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
