import pytest

from study_rooms import read_all
from vcem.study.analysis import collect
from vcem.study.folder import open_truth
from vcem.study.realism import choice_tables


def read(room, choose):
    truth = open_truth(room.study, room.study.folder.parent / "study-truth.json")
    read_all(room, lambda reader, slot: {"place": choose(reader, truth.items[slot.item])})
    found = choice_tables(
        room.study.design, room.study.design.reading.models, collect(room.study, truth, room.record.entries())
    )
    return {t.title: t for t in found}


@pytest.fixture
def tables(room_of):
    """All but the most experienced reader choose cyclegan."""

    def choose(reader, item):
        return "ABC"[item.shown.index("pix2pix" if reader == "Reader 2" else "cyclegan")]

    return read(room_of("most-realistic"), choose)


def test_votes_count_readings_only_once_each(tables):
    assert [(r[0], r[1]) for r in tables["Votes for the most realistic image"].rows] == [
        ("autoencoder", "0 of 24"), ("pix2pix", "6 of 24"), ("cyclegan", "18 of 24")
    ]  # fmt: skip


def test_the_majority_is_weighted_by_years(tables):
    # 8 + 12 + 20 years outweigh 38
    assert tables["Weighted majority"].rows == (
        ("autoencoder", "0", "0.0 %"), ("pix2pix", "0", "0.0 %"), ("cyclegan", "6", "100.0 %"), ("undecided", "0", "")
    )  # fmt: skip


def test_the_strongest_stands_first(tables):
    assert [r[0] for r in tables["Ranking"].rows] == ["cyclegan", "pix2pix", "autoencoder"]


def test_each_reader_stands_against_chance(tables):
    rows = tables["Votes of each reader"].rows
    assert rows[0][:4] == ("Reader 1, 8 years", "0", "0", "6")
    # 6 of 6 for one of three, whichever: 3 / 3^6
    assert rows[0][4] == "0.004"


def test_who_follows_the_model_shows_no_love_of_a_place(tables):
    # whatever the secret: of a reader's six cases, four are a whole Latin square of three and one more, the two that
    # are repeated stand in different places; so a place has 1 to 3 of each of four readers
    places = [int(r[1].split(" ")[0]) for r in tables["Places"].rows]
    assert sum(places) == 24
    assert all(4 <= n <= 12 for n in places)


def test_who_likes_a_place_is_seen_and_does_not_agree_with_himself(room_of):
    tables = read(room_of("most-realistic"), lambda reader, item: "B")
    assert [r[1] for r in tables["Places"].rows] == ["0 of 24", "24 of 24", "0 of 24"]
    assert tables["Places"].rows[1][4] == "< 0.001"
    again = [r[3] for r in tables["Agreement"].rows if r[1].endswith("again")]
    assert len(again) == 4
    assert all(float(k.split(" ")[0]) <= 0 for k in again)
