import pytest

from vcem.core.terms import Energy, Side, View
from vcem.dicom.scan import Unreadable
from vcem.dicom.vendors import read_rules
from vcem.ingest.dicom_images import patient_of, plain_images, take_images
from vcem.ingest.doubles import doubles_by

RULES = read_rules()
DOUBLES = doubles_by(lambda path: "")


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
        (
            {"view_code": "399260004", "view_meaning": "medio-lateral", "view_position": "ML"},
            "view code 399260004 medio-lateral is neither CC nor MLO",
        ),
        ({"view_code": "Y-X1770", "view_position": "CC"}, "view code Y-X1770"),
        ({"view_code": "", "view_position": "ML"}, "view ML, not CC or MLO"),
        ({"view_code": "", "view_position": ""}, "view not given"),
        ({"image_type": ("O", "P"), "manufacturer": "GE"}, r"UNKNOWN image: no rule knows Image Type O\P of GE"),
    ],
)
def test_what_is_left_out_says_why(make, changes, why):
    images, _, skipped = take_images([make(**changes)], RULES, DOUBLES)
    assert not images
    assert why in skipped[0].why


def test_old_view_codes_and_view_position_are_read(make):
    headers = [make(view_code="R-10226"), make(view_code="", view_position="CC", uid="u")]
    images, _, _ = take_images(headers, RULES, DOUBLES)
    assert [image.view for image in images] == [View.MLO, View.CC]


def test_a_second_copy_of_an_image_and_unreadable_files_are_left_out(make):
    headers = [make(uid="1"), make(uid="1"), Unreadable("z", "no DICOM file")]
    images, decisions, skipped = take_images(headers, RULES, DOUBLES)
    assert [i.header.path for i in images] == ["a.dcm"]
    assert {s.what: s.why for s in skipped} == {"b.dcm": "the same image as a.dcm", "z": "no DICOM file"}
    assert [header.path for header, _ in decisions] == ["a.dcm"]


def test_an_image_knows_its_energy_side_and_view(make):
    (image,), _, _ = take_images([make("HE", laterality="R")], RULES, DOUBLES)
    assert (image.energy, image.side, image.view) == (Energy.HE, Side.RIGHT, View.CC)


def test_what_is_no_plain_breast_or_cannot_lie_so_is_parted_from_the_others(make):
    changes = [{}, {"not_plain": "an implant is present"}, {"orientation": ("P", "L")}, {"orientation": ("A", "FL")}]
    images, _, _ = take_images([make(**c) for c in changes], RULES, DOUBLES)
    plain, others = plain_images(images)
    assert [i.header.path for i in plain] == ["a.dcm", "c.dcm"]  # one that lies otherwise can be turned
    assert others[0].why == "an implant is present"
    assert others[1].why == r"Patient Orientation A\FL is not one of a breast of side L"
