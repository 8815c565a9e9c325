from itertools import product

import numpy as np
import pydicom
import pytest

from dciodvfy import errors, needs_dciodvfy
from toy_dicom import STUDY, image_of, pixels_of, write
from vcem.core.files import sha256
from vcem.core.terms import Energy, Side, View
from vcem.dicom.read import read_dicom, read_stored
from vcem.dicom.write import write_mammogram

KINDS = list(product(Energy, Side, View, [False, True]))


def written(path, energy=Energy.LE, side=Side.LEFT, view=View.CC, **changes):
    write_mammogram(path, pixels_of(energy, side), STUDY, image_of(energy, side, view, **changes))
    return pydicom.dcmread(path)


@needs_dciodvfy
@pytest.mark.parametrize(("energy", "side", "view", "late"), KINDS)
def test_dciodvfy_finds_no_error_but_the_allowed_ones(tmp_path, energy, side, view, late):
    written(tmp_path / "a.dcm", energy, side, view, late=late)
    assert errors(tmp_path / "a.dcm") == []


@needs_dciodvfy
@pytest.mark.parametrize("missing", ["OrganExposed", "PresentationLUTShape", "ViewCodeSequence", "StudyInstanceUID"])
def test_an_error_that_is_not_on_the_list_is_found(tmp_path, missing):
    assert errors(write(tmp_path / "a.dcm", tags={missing: None}))


def test_every_file_says_that_it_is_synthetic(tmp_path):
    for energy, side, view, late in KINDS:
        ds = written(tmp_path / "a.dcm", energy, side, view, late=late)
        assert ds.SyntheticData == "YES"
        assert "simulat" in ds.Manufacturer + ds.SeriesDescription


def test_image_types_of_the_standard(tmp_path):
    told = {e: "\\".join(written(tmp_path / "a.dcm", e).ImageType) for e in Energy}
    assert told[Energy.LE] == "ORIGINAL\\PRIMARY\\POST_CONTRAST\\\\LOW_ENERGY"
    assert told[Energy.HE] == "ORIGINAL\\PRIMARY\\POST_CONTRAST\\\\HIGH_ENERGY"
    assert told[Energy.DES] == "DERIVED\\PRIMARY\\POST_CONTRAST\\SUBTRACTION\\"


def test_pixels_and_window_come_back(tmp_path):
    written(tmp_path / "a.dcm", Energy.DES)
    stored = pixels_of(Energy.DES)
    assert np.array_equal(read_stored(tmp_path / "a.dcm"), stored)
    wanted = np.clip((stored - 2035.5) / 143 + 0.5, 0, 1)
    assert np.allclose(read_dicom(tmp_path / "a.dcm"), wanted)


def test_stored_values_of_des_map_to_iodine(tmp_path):
    ds = written(tmp_path / "a.dcm", Energy.DES)
    mapping = ds.RealWorldValueMappingSequence[0]
    value = 2036 * mapping.RealWorldValueSlope + mapping.RealWorldValueIntercept
    assert value == pytest.approx(1.0)
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == "mg/cm2"
    assert [item.ReferencedSOPInstanceUID for item in ds.SourceImageSequence] == list(image_of(Energy.DES).sources)
    assert "KVP" not in ds


@pytest.mark.parametrize(
    ("side", "view", "orientation", "code"),
    [
        (Side.LEFT, View.CC, ["A", "R"], "399162004"),
        (Side.RIGHT, View.CC, ["P", "L"], "399162004"),
        (Side.LEFT, View.MLO, ["A", "FR"], "399368009"),
        (Side.RIGHT, View.MLO, ["P", "FL"], "399368009"),
    ],
)
def test_side_and_view(tmp_path, side, view, orientation, code):
    ds = written(tmp_path / "a.dcm", Energy.LE, side, view)
    assert (ds.ImageLaterality, list(ds.PatientOrientation)) == (side, orientation)
    assert ds.ViewCodeSequence[0].CodeValue == code


def test_technique_and_patient(tmp_path):
    ds = written(tmp_path / "a.dcm")
    assert (ds.KVP, ds.AnodeTargetMaterial, ds.FilterMaterial) == (34, "RHODIUM", "SILVER")
    assert (ds.BodyPartThickness, list(ds.ImagerPixelSpacing)) == (55, [1.6, 1.6])
    assert (ds.PatientID, ds.PatientAge, ds.PatientSex) == ("S0001", "058Y", "F")
    assert (ds.AcquisitionDate, ds.AcquisitionTime, ds.ContrastBolusStartTime) == ("20240305", "100700", "100500")


def test_same_image_same_bytes(tmp_path):
    for name in "ab":
        written(tmp_path / name, Energy.DES)
    assert sha256(tmp_path / "a") == sha256(tmp_path / "b")


@needs_dciodvfy
@pytest.mark.parametrize("energy", [Energy.LE, Energy.HE])
def test_a_raw_exposure_is_for_processing_and_says_what_the_open_field_gives(tmp_path, energy):
    stored = pixels_of(energy, Side.LEFT) * 4
    write_mammogram(tmp_path / "a.dcm", stored, STUDY, image_of(energy, Side.LEFT, View.CC, open_field=15000.0))
    assert errors(tmp_path / "a.dcm") == []
    ds = pydicom.dcmread(tmp_path / "a.dcm")
    assert (ds.PresentationIntentType, ds.SOPClassUID.name.split(" - ")[1]) == ("FOR PROCESSING", "For Processing")
    assert (ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign, ds.BitsStored) == ("LIN", 1, 14)
    assert ds.RealWorldValueMappingSequence[0].RealWorldValueSlope * 15000 == pytest.approx(1)
    assert np.array_equal(read_stored(tmp_path / "a.dcm"), stored)


def test_values_beyond_12_bits_are_cut(tmp_path):
    write_mammogram(tmp_path / "a.dcm", np.full((8, 8), 60000, np.uint16), STUDY, image_of())
    assert read_stored(tmp_path / "a.dcm").max() == 4095
