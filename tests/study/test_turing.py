import pytest

from study_rooms import read_all
from vcem.study.analysis import collect
from vcem.study.folder import open_truth
from vcem.study.turing import turing_tables


@pytest.fixture
def tables(room_of):
    """Reader 1 is always right, the others say real whatever they see; BI-RADS is right on real images only."""
    room = room_of()
    truth = open_truth(room.study, room.study.folder.parent / "study-truth.json")

    def say(reader, slot):
        real = truth.items[slot.item].shown == ("real",)
        return {"real": "real" if real or reader != "Reader 1" else "synthetic", "birads": "4" if real else "2"}

    read_all(room, say)
    found = turing_tables(room.study.design, collect(room.study, truth, room.record.entries()))
    return {t.title: t for t in found}


def test_rates_of_each_reader_and_of_the_majority(tables):
    rows = {r[0]: r[1:] for r in tables["Real or synthetic"].rows}
    assert [rows[n][1].split(" (")[0] for n in ("Reader 1", "Reader 2", "weighted majority")] == ["100.0 %"] * 3
    assert [rows[n][2].split(" (")[0] for n in ("Reader 1", "Reader 2")] == ["100.0 %", "0.0 %"]
    assert rows["the paper"][1:3] == ("100 %", "15.4 %")
    assert rows["Reader 2"][4] == "1.000"
    assert float(rows["Reader 2"][6]) < 0


def test_the_majority_follows_the_years(tables):
    # Reader 1 (8 years) sees each synthetic image with one reader of more years, who calls it real
    row = next(r for r in tables["Real or synthetic"].rows if r[0] == "weighted majority")
    assert row[1] == "12"
    assert row[3].startswith("0.0 %")


def test_birads_on_real_and_synthetic_is_tested_for_equivalence(tables):
    rows = {r[0]: [c.split(" (")[0] for c in r[1:]] for r in tables["BI-RADS accuracy"].rows}
    assert rows["Reader 3"] == ["100.0 %", "0.0 %"]
    assert rows["the paper"] == ["80 %", "80 %"]
    (row,) = tables["BI-RADS: synthetic as good as real?"].rows
    assert row[0] == "12"
    assert row[1] == "100.0 points"
    assert row[4] == row[5] == "not shown"


def test_agreement_is_between_readers_of_the_same_images(tables):
    pairs = {r[1] for r in tables["Agreement"].rows if "," in r[1]}
    assert len(pairs) == 2
