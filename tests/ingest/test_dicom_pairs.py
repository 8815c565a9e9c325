from dataclasses import replace
from itertools import count
from string import ascii_lowercase

import pytest

from toy_dicom import write
from vcem.core.terms import Energy, Side, View
from vcem.dicom.scan import Header, Unreadable, read_header
from vcem.dicom.vendors import read_rules
from vcem.ingest.dicom_pairs import match_images, patient_of, take_images

RULES = read_rules()
TYPES = {"LE": ("O", "P", "", "LOW_ENERGY"), "HE": ("O", "P", "", "HIGH_ENERGY"), "DES": ("D", "P", "", "RECOMBINED")}


@pytest.fixture
def make(tmp_path):
    """Headers by energy, time (HHMMSS) and Frame of Reference, named a.dcm, b.dcm, ... as they are made."""
    plain = read_header(tmp_path, write(tmp_path / "x.dcm").name)
    numbers = count()

    def header(energy="LE", time="100000", frame="", **changes) -> Header:
        name = f"{ascii_lowercase[next(numbers)]}.dcm"
        given = {
            "path": name,
            "uid": name,
            "image_type": TYPES[energy],
            "taken": f"20240305{time}" if time else "",
            "frame": frame,
        }
        return replace(plain, **{**given, **changes})

    return header


def matched(headers, late=False):
    images, _, skipped = take_images(headers, RULES)
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


def test_time_decides_where_no_frame_is_named(make):
    headers = [make("LE", "100000"), make("LE", "100300"), make("DES", "100302"), make("DES", "100004")]
    pairs, _ = matched(headers)
    assert pairs == [("S0001_L_CC", "a.dcm", "d.dcm"), ("S0001_L_CC_2", "b.dcm", "c.dcm")]


def test_images_far_apart_in_time_are_no_pair(make):
    pairs, alone = matched([make("LE", "100000"), make("DES", "100600")])
    assert not pairs
    assert alone == {"a.dcm": "LE without DES", "b.dcm": "DES without LE"}


def test_two_images_without_any_time_are_a_pair_but_three_are_not(make):
    le, des = make("LE", ""), make("DES", "")
    assert matched([le, des])[0] == [("S0001_L_CC", "a.dcm", "b.dcm")]
    assert matched([le, des, make("DES", "")])[0] == []


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
    pairs, _ = match_images(take_images(headers, RULES)[0], late)
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


def test_patients_become_names_for_files(make):
    assert patient_of(make(patient="12.3-A")) == "12.3-A"
    assert len(patient_of(make(patient="9" * 3000))) < 80
    odd = [patient_of(make(patient=p)) for p in ("../x", "a b", "a_b", "?", "")]
    assert len(set(odd)) == 5
    assert all(name[0].isalnum() and not set(name) & set("/_ ?") for name in odd)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"modality": "SR"}, "modality SR, not MG"),
        ({"intent": "FOR PROCESSING"}, "for processing"),
        ({"intent": "", "sop_class": "1.2.840.10008.5.1.4.1.1.1.2.1"}, "for processing"),
        ({"intent": "", "pixel_relationship": "LIN"}, "for processing"),
        ({"rows": 0}, "no image"),
        ({"laterality": "B"}, "laterality B"),
        ({"laterality": ""}, "laterality not given"),
        ({"view_code": "399260004", "view_position": "ML"}, "view ML, not CC or MLO"),
        ({"view_code": "", "view_position": ""}, "view not given"),
        ({"image_type": ("O", "P"), "manufacturer": "GE"}, r"UNKNOWN image: no rule knows Image Type O\P of GE"),
    ],
)
def test_what_is_left_out_says_why(make, changes, why):
    images, _, skipped = take_images([make(**changes)], RULES)
    assert not images
    assert why in skipped[0].why


def test_old_view_codes_and_view_position_are_read(make):
    headers = [make(view_code="R-10226"), make(view_code="", view_position="CC", uid="u")]
    images, _, _ = take_images(headers, RULES)
    assert [image.view for image in images] == [View.MLO, View.CC]


def test_a_second_copy_of_an_image_and_unreadable_files_are_left_out(make):
    headers = [make(uid="1"), make(uid="1"), Unreadable("z", "no DICOM file")]
    images, decisions, skipped = take_images(headers, RULES)
    assert [i.header.path for i in images] == ["a.dcm"]
    assert [(s.what, s.why) for s in skipped] == [("b.dcm", "the same image as a.dcm"), ("z", "no DICOM file")]
    assert [path for path, _ in decisions] == ["a.dcm"]


def test_an_image_knows_its_energy_side_and_view(make):
    (image,), _, _ = take_images([make("HE", laterality="R")], RULES)
    assert (image.energy, image.side, image.view) == (Energy.HE, Side.RIGHT, View.CC)
    assert match_images([image], late=True) == ([], [])
