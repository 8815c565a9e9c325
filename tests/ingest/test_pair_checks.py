import pytest

from vcem.core.terms import Energy, Side, View
from vcem.ingest.dicom_images import DicomImage
from vcem.ingest.dicom_pairs import DicomPair
from vcem.ingest.pair_checks import doubt, sort_out
from vcem.ingest.reading import Reading, Size
from vcem.ingest.register import Registration

SIZE = Size(80, 120)


@pytest.fixture
def match(make):
    le, des = (DicomImage(make(e, frame="1"), e, Side.LEFT, View.CC, None) for e in (Energy.LE, Energy.DES))
    return DicomPair("S_L_CC", "S", le, des)


def reading(dx=0.0, quality=0.8, wrong=(), alike=0.0, turned=0.0):
    return Reading(Registration(dx, 0.0, quality), SIZE, SIZE, ("a", "b"), True, wrong, alike, turned)


def test_headers_align_only_what_the_images_do_not_deny(match):
    assert match.on_one_grid
    assert doubt(match, reading(), True, 0.3) == ""
    assert doubt(match, reading(), True, 1.0) == ""  # that least quality is of registrations by images
    assert "although the headers say one grid" in doubt(match, reading(quality=0.07), True, 0.3)
    assert doubt(match, reading(quality=0.07), True, 0.0) == ""
    assert "lie 8.0 mm apart" in doubt(match, reading(dx=5), True, 0.3)  # pixels of 1.6 mm
    assert doubt(match, reading(dx=5), False, 0.3) == ""
    assert doubt(match, reading(quality=0.2), False, 0.3) == "quality 0.2000 is below 0.3"


def test_one_grid_is_borne_out_by_the_outlines_or_denied_by_them(match):
    guess = {"dx": 90, "quality": 0.0}  # coarse pairs share too little inside the breast to be registered
    assert doubt(match, reading(**guess, alike=0.93, turned=0.92), True, 0.3) == ""
    assert "quality 0.0000" in doubt(match, reading(**guess, alike=0.93, turned=0.94), True, 0.3)
    assert "quality 0.0000" in doubt(match, reading(**guess, alike=0.80), True, 0.3)
    assert doubt(match, reading(alike=0.93, turned=0.94), True, 0.3) == ""
    assert "fits that of LE better when DES is turned" in doubt(match, reading(alike=0.93, turned=0.96), True, 0.3)
    assert doubt(match, reading(alike=0.93, turned=0.96), False, 0.3) == ""


def test_pairs_that_cannot_be_read_or_lie_at_the_wrong_edge_are_parted(match):
    readings = [reading(), "it is damaged", reading(wrong=("DES",))]
    taken, failed = sort_out([match] * 3, readings)
    assert taken == [(match, readings[0])]
    assert failed[0] == (match, "it is damaged")
    assert failed[1][1].startswith("DES: The breast lies at the edge of side R, and its side is L")
