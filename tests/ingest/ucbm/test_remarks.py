import pytest

from fakes.toy_ucbm import write_order
from vcem.core.errors import UsageError
from vcem.ingest.reading import Reading, Size
from vcem.ingest.register import Registration
from vcem.ingest.ucbm.facts import Statement
from vcem.ingest.ucbm.files import Form, Found
from vcem.ingest.ucbm.headers import of_table
from vcem.ingest.ucbm.options import Late
from vcem.ingest.ucbm.order import read_order
from vcem.ingest.ucbm.remarks import refuse_wrong_axes, said_of_facts, sort_out

SIZE = Size(60, 90)


def reading(at_wall=True, des=SIZE):
    return Reading(Registration(0, 0, 1), SIZE, des, ("a", "b"), at_wall)


@pytest.fixture
def order(tmp_path):
    return read_order(write_order(tmp_path / "all.txt"))


@pytest.fixture
def known(order):
    return of_table([Found(row, row.le, row.des) for row in order.listed], Late.UNKNOWN)


def test_what_failed_and_what_differs_in_size_is_parted(known):
    taken, failed = sort_out(known[:3], [reading(), "no image", reading(des=Size(61, 90))])
    assert [k.found.listed.key.pair for k, _ in taken] == ["P2_8_RCC"]
    assert [(s.what, s.why) for s in failed] == [
        ("P2_4_LMLO", "no image"),
        ("P1_22_RCC", "LE has 90 x 60 pixels and DES 90 x 61: no images of one exposure"),
    ]


def test_half_of_the_breasts_may_lie_elsewhere_but_not_more(known):
    half = [(k, reading(at_wall=i % 2 == 0)) for i, k in enumerate(known[:4])]
    refuse_wrong_axes(half, Form.NRRD)
    with pytest.raises(UsageError, match="2 of 3 images do not show the breast"):
        refuse_wrong_axes(half[1:], Form.NRRD)


def test_rows_of_nobody_are_counted_and_nothing_but_those_refused(order):
    of_p1, of_none = (Statement("t, line 2", {"patient": p}, {"age": "40"}) for p in ("P1", "0815"))
    assert not list(said_of_facts([of_p1], order))
    assert [s.why for s in said_of_facts([of_p1, of_none], order)] == ["1 rows speak of no listed pair"]
    with pytest.raises(UsageError, match="No row of the reports"):
        list(said_of_facts([of_none], order))
