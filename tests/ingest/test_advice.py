import pytest

from vcem.dicom.vendors import read_rules
from vcem.folders.catalogue import Skipped
from vcem.ingest.advice import advice, example_rules, reasons
from vcem.ingest.dicom_images import plain_images, take_images
from vcem.ingest.dicom_pairs import match_images
from vcem.ingest.doubles import doubles_by

DOUBLES = doubles_by(str)
OTHERS = {"image_type": ("ORIGINAL", "PRIMARY", "TOMO", "X"), "manufacturer": 'Some "Maker"', "series_description": ""}


def left_out(headers):
    images, decisions, skipped = take_images(headers, read_rules(), DOUBLES)
    pairs, alone = match_images(images, late=False)
    assert not pairs
    return images, decisions, [*skipped, *alone]


@pytest.mark.parametrize(("first", "second"), [
    ({}, {**OTHERS, "series_description": "L CC subtr. (1)"}),
    ({}, {**OTHERS, "image_type": ("DERIVED", "PRIMARY", "", "M1")}),
    ({**OTHERS, "series_description": "L CC low"}, {**OTHERS, "series_description": "L CC sub"}),
    ({**OTHERS, "image_type": ("O", "P", "", "M0")}, {**OTHERS, "image_type": ("O", "P", "", "M1")}),
    ({**OTHERS, "processing_code": "P1"}, {**OTHERS, "processing_code": "P2"}),
])  # fmt: skip
def test_the_example_makes_a_pair_of_the_nearest_miss(make, tmp_path, first, second):
    headers = [make(frame="1", laterality="R", **OTHERS), make(frame="1", **first), make(frame="1", **second)]
    images, decisions, skipped = left_out(headers)
    (tmp_path / "ours.toml").write_text(example_rules(images, [h for h, d in decisions if d.image is None]))
    assert (tmp_path / "ours.toml").read_text() in advice(images, decisions, skipped)
    again, _, _ = take_images(headers, read_rules(tmp_path / "ours.toml"), DOUBLES)
    (pair,), _ = match_images(again, late=False)
    assert (pair.le.header.path, pair.des.header.path) == ("b.dcm", "c.dcm")


@pytest.mark.parametrize(("change", "told"), [
    ({"study": "2"}, "b.dcm lies in another study; a pair is an LE and a DES of one patient, study, side and view"),
    ({"time": "102000"}, "was taken 20 min apart; a pair is"),
    ({"laterality": "R"}, "a.dcm: LE without DES; a pair is"),
    ({"modality": "CT"}, "look for the other image"),
])  # fmt: skip
def test_images_that_are_no_pair_are_told_with_what_a_pair_is(make, change, told):
    assert told in advice(*left_out([make("LE"), make("DES", **change)]))


def test_other_reasons_are_told_by_an_image_rather_than_by_rubbish(make):
    images, decisions, skipped = left_out([make("LE", view_code="", view_position="ML")])
    assert "view ML" in advice(images, decisions, [Skipped("notes.txt", "no DICOM file"), *skipped])
    assert advice([], [], []) == ""


def test_reasons_are_counted_without_the_files_that_they_name():
    skipped = [Skipped("b", "the same image as a"), Skipped("c", "the same image as a"), Skipped("a", "no image")]
    assert reasons(skipped) == ["2 the same image as another file", "1 no image"]
    many = [Skipped(str(i), f"reason {chr(97 + i)}") for i in range(14)]
    assert reasons(many)[-1] == "and 2 other reasons"


def test_a_pair_that_cannot_be_read_is_nearer_than_an_unknown_image_and_an_implant_than_a_missing_one(make):
    headers = [make("LE"), make("DES", not_plain="an implant is present"), make(**OTHERS)]
    images, decisions, skipped = take_images(headers, read_rules(), DOUBLES)
    plain, others = plain_images(images)
    skipped += [*others, *match_images(plain, late=False)[1]]
    assert advice(images, decisions, skipped).startswith("b.dcm: an implant is present")
    assert advice(images, decisions, skipped, ["pair S: it is cut"]) == "pair S: it is cut"
