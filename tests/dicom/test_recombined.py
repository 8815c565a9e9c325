from dataclasses import replace

import numpy as np
import pydicom
import pytest

from dciodvfy import errors, needs_dciodvfy
from raw_exposures import write_raw
from vcem.core.terms import Energy, Side, View
from vcem.dicom.fitness import not_plain
from vcem.dicom.recombined import Derivation, recombined_dicom, recombined_uid
from vcem.dicom.scan import read_header
from vcem.dicom.vendors import decide, read_rules

STORED = (2000 + np.arange(120 * 80) % 200).reshape(120, 80).astype(np.uint16)
MADE = Derivation(
    Side.LEFT, View.CC, "steps", "w = 0.2731; scatter correction on.", (2036.0, 123.0), (1 / 36, -2000 / 36)
)
COPIED = ("PatientID", "StudyInstanceUID", "FrameOfReferenceUID", "ImageLaterality", "PatientOrientation",
          "ImagerPixelSpacing", "BodyPartThickness", "AcquisitionTime")  # fmt: skip


def made(folder, tags=None, derivation=MADE):
    le, he = (write_raw(folder / e, e, stored=STORED, tags=tags) for e in (Energy.LE, Energy.HE))
    uid = recombined_uid("1.2", "1.3", derivation.steps)
    (folder / "des.dcm").write_bytes(recombined_dicom(le, he, uid, STORED, derivation))
    return pydicom.dcmread(le), pydicom.dcmread(he), pydicom.dcmread(folder / "des.dcm")


@needs_dciodvfy
def test_dciodvfy_finds_no_error_but_the_allowed_ones(tmp_path):
    made(tmp_path)
    assert errors(tmp_path / "des.dcm") == []


def test_it_is_a_subtraction_for_presentation_that_imports_as_des(tmp_path):
    made(tmp_path)
    header = read_header(tmp_path, "des.dcm")
    assert decide(header, read_rules()).image is Energy.DES
    assert (header.intent, header.synthetic) == ("FOR PRESENTATION", "YES")
    assert not_plain(pydicom.dcmread(tmp_path / "des.dcm")) == ""


def test_patient_study_and_place_are_those_of_le(tmp_path):
    le, he, des = made(tmp_path)
    assert {k: des[k].value for k in COPIED} == {k: le[k].value for k in COPIED}
    assert des.SeriesInstanceUID not in (le.SeriesInstanceUID, he.SeriesInstanceUID)
    assert [s.ReferencedSOPInstanceUID for s in des.SourceImageSequence] == [le.SOPInstanceUID, he.SOPInstanceUID]
    assert "KVP" not in des


def test_what_was_done_stands_in_the_header_without_private_attributes(tmp_path):
    *_, des = made(tmp_path)
    assert "w = 0.2731" in des.DerivationDescription
    acquired, processing = des.ContributingEquipmentSequence
    assert acquired.Manufacturer == "vcem simulator"
    assert (processing.Manufacturer, processing.ContributionDescription) == ("vcem", MADE.how)
    assert not any(element.tag.is_private for element in des.iterall())
    mapping = des.RealWorldValueMappingSequence[0]
    assert 2036 * mapping.RealWorldValueSlope + mapping.RealWorldValueIntercept == pytest.approx(1.0)


def test_clinical_exposures_give_a_clinical_image(tmp_path):
    *_, des = made(tmp_path, tags={"SyntheticData": None})
    assert "SyntheticData" not in des
    assert "simulated" not in des.SeriesDescription
    assert "(clinical)" in des.ImageComments


def test_other_steps_make_another_image_in_another_series(tmp_path):
    first, second = (made(tmp_path / s, derivation=replace(MADE, steps=s))[2] for s in ("a", "b"))
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.SeriesInstanceUID != second.SeriesInstanceUID


def test_the_same_pair_and_steps_give_the_same_bytes(tmp_path):
    for name in "ab":
        made(tmp_path / name)
    assert (tmp_path / "a" / "des.dcm").read_bytes() == (tmp_path / "b" / "des.dcm").read_bytes()
