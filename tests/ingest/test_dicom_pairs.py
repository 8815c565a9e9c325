import pytest

from vcem.core.terms import Energy
from vcem.dicom.vendors import read_rules
from vcem.ingest.dicom_images import take_images
from vcem.ingest.dicom_pairs import match_images
from vcem.ingest.doubles import doubles_by

RULES = read_rules()
DOUBLES = doubles_by(lambda path: "")


def matched(headers, late=False):
    images, _, skipped = take_images(headers, RULES, DOUBLES)
    assert not skipped
    pairs, alone = match_images(images, late)
    return [(p.pair, p.le.header.path, p.des.header.path) for p in pairs], {s.what: s.why for s in alone}


def test_a_frame_of_reference_decides_before_time(make):
    headers = [
        make("LE", "100000", "1"),
        make("LE", "100300", "2"),
        make("DES", "100001", "2"),
        make("DES", "100302", "1"),
    ]
    pairs, alone = matched(headers)
    assert pairs == [("S0001_L_CC", "b.dcm", "c.dcm"), ("S0001_L_CC_2", "a.dcm", "d.dcm")]
    assert not alone


def test_raw_exposures_are_paired_by_the_same_rules(make):
    raw = [make(e, t, f, intent="FOR PROCESSING") for e, t, f in (
        ("LE", "100000", "1"), ("HE", "100002", "1"), ("HE", "100302", "1"), ("LE", "101500", "2"),
    )]  # fmt: skip
    images, _, skipped = take_images([*raw, make("LE", "100000", "1")], RULES, DOUBLES, raw=True)
    assert [s.why for s in skipped] == ["for presentation, not for processing"]
    pairs, alone = match_images(images, False, Energy.HE)
    assert [(p.le.header.path, p.des.header.path) for p in pairs] == [("a.dcm", "b.dcm")]
    assert {s.what: s.why.partition(":")[0] for s in alone} == {"c.dcm": "HE without LE", "d.dcm": "LE without HE"}


def test_time_decides_where_no_frame_is_named(make):
    headers = [make("LE", "100000"), make("LE", "100300"), make("DES", "100302"), make("DES", "100004")]
    pairs, _ = matched(headers)
    assert pairs == [("S0001_L_CC", "a.dcm", "d.dcm"), ("S0001_L_CC_2", "b.dcm", "c.dcm")]


@pytest.mark.parametrize(("le", "des", "apart"), [
    ("100000", "100600", 6), ("1010", "1030", 20), ("10:10:00", "10:30:00", 20), ("10", "11", 60),
    ("101000.123456", "10:14", 4),
])  # fmt: skip
def test_images_far_apart_in_time_are_no_pair_however_the_time_is_written(make, le, des, apart):
    pairs, alone = matched([make("LE", le), make("DES", des)])
    assert not pairs
    assert alone == {"a.dcm": f"LE without DES: b.dcm was taken {apart} min apart",
                     "b.dcm": f"DES without LE: a.dcm was taken {apart} min apart"}  # fmt: skip


@pytest.mark.parametrize(("le", "des"), [("", ""), ("10", "10"), ("1010", "1012"), ("noon", "101000"), ("", "101000")])
def test_times_that_do_not_tell_are_said_in_the_tags_of_two_images_and_pair_no_three(make, le, des):
    two = [make("LE", le), make("DES", des)]
    assert matched(two)[0] == [("S0001_L_CC", "a.dcm", "b.dcm")]
    assert tags(two) == ["time not known: the first phase or a late one"]
    pairs, alone = matched([*two, make("DES", des)])
    assert not pairs
    assert "times do not show" in alone["a.dcm"]


@pytest.mark.parametrize(("le", "des"), [("1010", "1011"), ("10:10:00", "101059"), ("235930", "235959")])
def test_times_that_are_near_whatever_they_leave_out_make_a_pair(make, le, des):
    assert tags([make("LE", le), make("DES", des)]) == [""]


def test_no_breast_stays_compressed_for_twenty_minutes(make):
    pairs, alone = matched([make("LE", "100000", "1"), make("DES", "102000", "1")])
    assert not pairs
    assert alone["b.dcm"] == "DES without LE: a.dcm was taken 20 min apart"


def test_le_and_des_in_two_studies_are_told_so(make):
    pairs, alone = matched([make("LE", frame="1"), make("DES", frame="1", study="2")])
    assert not pairs
    assert alone == {"a.dcm": "LE without DES: b.dcm lies in another study",
                     "b.dcm": "DES without LE: a.dcm lies in another study"}  # fmt: skip


def test_different_frames_are_different_compressions_however_close(make):
    assert matched([make("LE", "100000", "1"), make("DES", "100001", "2")])[0] == []


def test_a_late_phase_is_kept_apart_unless_asked_for(make):
    headers = [make("LE", "100000", "1"), make("DES", "100002", "1"), make("DES", "100802", "2")]
    pairs, alone = matched(headers)
    assert pairs == [("S0001_L_CC", "a.dcm", "b.dcm")]
    assert alone == {"c.dcm": "late phase: 8 min from a.dcm; --late keeps it"}
    pairs, alone = matched(headers, late=True)
    assert pairs == [("S0001_L_CC", "a.dcm", "b.dcm"), ("S0001_L_CC_2", "a.dcm", "c.dcm")]
    assert not alone


def test_a_late_phase_with_its_own_le_is_a_pair_of_its_own(make):
    headers = [
        make("LE", "100000", "1"),
        make("DES", "100002", "1"),
        make("LE", "100800", "2"),
        make("DES", "100802", "2"),
    ]
    assert [p[1:] for p in matched(headers)[0]] == [("a.dcm", "b.dcm"), ("c.dcm", "d.dcm")]
    assert tags(headers) == ["", "late phase, 8 min after the first"]


def tags(headers, late=False):
    pairs, _ = match_images(take_images(headers, RULES, DOUBLES)[0], late)
    return [pair.tags for pair in pairs]


def test_repeats_are_told_from_late_phases_and_from_other_visits(make):
    def pair(time, frame, **changes):
        return [make("LE", time, frame, **changes), make("DES", time, frame, **changes)]

    assert tags(pair("100000", "1") + pair("100130", "2")) == ["", "repeat, 2 min after the first"]
    assert tags(pair("100000", "1") + pair("", "2")) == ["", "repeat, time not known"]
    assert tags(pair("100000", "1") + pair("100800", "2", study="2")) == ["", ""]
    assert tags([*pair("100000", "1"), make("DES", "100800", "2")], late=True) == ["", "late phase"]


def test_late_phases_of_four_views_are_paired_by_frame_and_time(make):
    views = [("L", "399162004"), ("R", "399162004"), ("L", "399368009")]
    headers = [
        make(energy, time, f"{side}{view}{time}", laterality=side, view_code=view)
        for time in ("100800", "100000")
        for side, view in views[: 3 if time == "100000" else 1]
        for energy in ("DES", "LE")
    ]
    pairs, alone = matched(headers)
    assert [pair for pair, _, _ in pairs] == ["S0001_L_CC", "S0001_L_CC_2", "S0001_L_MLO", "S0001_R_CC"]
    assert tags(headers) == ["", "late phase, 8 min after the first", "", ""]
    assert not alone


def test_other_sides_views_studies_and_patients_are_never_mixed(make):
    changes = [{"laterality": "R"}, {"view_code": "399368009"}, {"study": "2"}, {"patient": "B"}]
    pairs, alone = matched([make("LE", frame="1"), *(make("DES", frame="1", **change) for change in changes)])
    assert not pairs
    assert len(alone) == 5


def test_names_are_one_for_each_pair(make):
    headers = [make(e, frame=s, study=s, **{"patient": p}) for p in ("A_1", "A-1") for s in "12" for e in ("LE", "DES")]
    names = [pair for pair, _, _ in matched(headers)[0]]
    assert len(set(names)) == 4
    assert names[:2] == ["A-1_L_CC", "A-1_L_CC_2"]
