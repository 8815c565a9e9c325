import pytest

from study_rooms import read_all
from vcem.study.folder import open_truth
from vcem.study.readings import collect, of_phase
from vcem.study.results import choice_tables, consensus, time_tables
from vcem.study.schedule import Phase


@pytest.fixture
def readings(room_of):
    """All but the most experienced reader choose cyclegan."""
    room = room_of("most-realistic")
    truth = open_truth(room.study, room.study.folder.parent / "study-truth.json")

    def choose(reader, slot):
        model = "pix2pix" if reader == "Reader 2" else "cyclegan"
        return {"place": "ABC"[truth.items[slot.item].shown.index(model)]}

    read_all(room, choose)
    return room.study.design, collect(room.study, truth, room.record.entries())


def table(tables, title):
    return next(t for t in tables if t.title.startswith(title))


def test_votes_count_readings_only_once_each(readings):
    votes = table(choice_tables(*readings), "Votes").rows
    assert [(r[0], r[1]) for r in votes] == [
        ("autoencoder", "0 of 24"), ("pix2pix", "6 of 24"), ("cyclegan", "18 of 24")
    ]  # fmt: skip


def test_the_majority_is_weighted_by_years(readings):
    # 8 + 12 + 20 years outweigh 38
    majority = table(choice_tables(*readings), "Weighted").rows
    assert majority == (
        ("autoencoder", "0", "0.0 %"), ("pix2pix", "0", "0.0 %"), ("cyclegan", "6", "100.0 %"), ("undecided", "0", "")
    )  # fmt: skip
    without = [r for r in of_phase(readings[1], Phase.READING) if r.item.reader != "Reader 1"]
    assert {v.answer for _, v in consensus(without, lambda r: r.chosen)} == {"pix2pix"}


def test_each_reader_agrees_with_himself_and_the_first_three_with_each_other(readings):
    kappas = {r[1]: r[3] for r in table(choice_tables(*readings), "Agreement").rows}
    assert kappas["Reader 1, Reader 2"].startswith("0.00")
    assert "Reader 1 again" in kappas
    assert "all (Fleiss)" in kappas


def test_the_strongest_stands_first(readings):
    assert [r[0] for r in table(choice_tables(*readings), "Ranking").rows] == ["cyclegan", "pix2pix", "autoencoder"]


def test_times_are_those_between_paint_and_answer_less_hidden(readings):
    (times,) = time_tables(*readings)
    assert times.rows[0][:2] == ("all images", "24")
    assert times.rows[0][2].startswith("4.0")
    assert "factor 1.00" in times.note
