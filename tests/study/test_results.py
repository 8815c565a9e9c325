import math

import pytest

from study_rooms import read_all
from vcem.stats.intervals import Interval
from vcem.study.analysis import collect
from vcem.study.folder import open_truth
from vcem.study.items import Phase
from vcem.study.readings import of_phase
from vcem.study.realism import chosen
from vcem.study.results import agreement_tables, consensus, kappa_or_why, time_tables


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


def test_the_majority_is_weighted_by_years(readings):
    # 8 + 12 + 20 years outweigh 38; without the first reader they do not
    read = of_phase(readings[1], Phase.READING)
    assert {v.answer for _, v in consensus(read, chosen)} == {"cyclegan"}
    without = [r for r in read if r.item.reader != "Reader 1"]
    assert {v.answer for _, v in consensus(without, chosen)} == {"pix2pix"}


def test_each_reader_agrees_with_himself_and_the_first_three_with_each_other(readings):
    design, read = readings
    models = ("autoencoder", "pix2pix", "cyclegan")
    (table,) = agreement_tables(design, read, {"model": lambda r: models.index(chosen(r))})
    kappas = {r[1]: r[3] for r in table.rows}
    assert kappas["Reader 1, Reader 2"] == "0.00"
    assert "no kappa" in kappas["Reader 1 again"]
    assert "all (Fleiss)" in kappas
    assert not any("nan" in cell for row in table.rows for cell in row)


def test_no_kappa_has_a_reason():
    assert kappa_or_why(Interval(0.5, 0.2, 0.8)) == "0.50 (0.20 to 0.80)"
    assert "one and the same answer" in kappa_or_why(Interval(math.nan, math.nan, math.nan))


def test_times_are_those_between_paint_and_answer_less_hidden(readings):
    (times,) = time_tables(*readings)
    assert times.rows[0][:2] == ("all images", "24")
    assert times.rows[0][2].startswith("4.0")
    assert "factor 1.00" in times.note
