import io
from dataclasses import replace

import numpy as np
import pydicom
import pytest

from dciodvfy import errors, needs_dciodvfy
from toy_dicom import write
from vcem import __version__
from vcem.core.errors import FailureError
from vcem.core.grid import Size, framing_of
from vcem.core.terms import Origin, Side, View
from vcem.dicom.read import read_dicom, read_stored
from vcem.dicom.scan import read_header
from vcem.dicom.vendors import decide, read_rules
from vcem.dicom.virtual import NATIVE, Drawn, Model, virtual_dicom, virtual_uid

MODEL = Model("strict-pix2pix", "0123456789ab", "pix2pix", 3, "a" * 64, Origin.SIMULATED, framing_of({"size": 256}))
STORED = np.arange(120 * 80, dtype=np.uint16).reshape(120, 80) % 4096
COPIED = (
    "PatientName", "PatientID", "StudyInstanceUID", "StudyDate", "FrameOfReferenceUID", "ImageLaterality",
    "PatientOrientation", "ImagerPixelSpacing", "ViewCodeSequence", "FieldOfViewOrigin", "AcquisitionTime", "Rows",
    "Columns",
)  # fmt: skip


def made(path, source=None, model=MODEL, origin=Origin.SIMULATED, side=Side.LEFT, view=View.CC, tags=None):
    source = source or write(path.parent / "le.dcm", side=side, view=view, tags=tags)
    path.write_bytes(virtual_dicom(source, STORED, Drawn(side, view, origin, model)))
    return pydicom.dcmread(source), pydicom.dcmread(path)


@needs_dciodvfy
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("view", View)
def test_dciodvfy_finds_no_error(tmp_path, side, view):
    made(tmp_path / "a.dcm", side=side, view=view)
    assert errors(tmp_path / "a.dcm") == []


@needs_dciodvfy
@pytest.mark.parametrize("missing", ["PatientSex", "BurnedInAnnotation", "FrameOfReferenceUID", "BreastImplantPresent"])
def test_what_an_older_source_lacks_is_added(tmp_path, missing):
    made(tmp_path / "a.dcm", tags={missing: None})
    assert errors(tmp_path / "a.dcm") == []


def test_what_nobody_knows_is_not_said(tmp_path):
    gone = ("PatientOrientation", "QualityControlImage", "BreastImplantPresent")
    _, ds = made(tmp_path / "a.dcm", tags=dict.fromkeys(gone))
    assert not any(ds.get(keyword) for keyword in gone)
    _, ds = made(tmp_path / "b.dcm", tags={"QualityControlImage": "YES", "PatientOrientation": ["A", "L"]})
    assert (ds.QualityControlImage, list(ds.PatientOrientation)) == ("YES", ["A", "L"])


def test_it_never_passes_as_acquired_or_recombined(tmp_path):
    _, ds = made(tmp_path / "a.dcm")
    assert list(ds.ImageType) == ["DERIVED", "SECONDARY", "", "VIRTUAL_DES"]
    assert ds.SyntheticData == "YES"
    assert decide(read_header(tmp_path, "a.dcm"), read_rules()).image is None
    for text in (ds.SeriesDescription, ds.ImageComments, ds.DerivationDescription):
        assert "AI" in text
        assert "research only" in text
    assert "ContrastBolusAgent" not in ds
    assert "ContrastBolusStartTime" not in ds
    assert "taken after contrast" in ds.DerivationDescription
    assert "KVP" not in ds


def test_patient_study_and_geometry_are_the_sources(tmp_path):
    le, ds = made(tmp_path / "a.dcm", side=Side.RIGHT, view=View.MLO)
    assert {k for k in COPIED if le[k].value != ds[k].value} == set()
    assert ds.SeriesInstanceUID != le.SeriesInstanceUID
    assert ds.SOPInstanceUID != le.SOPInstanceUID


def test_it_says_from_what_and_by_what(tmp_path):
    le, ds = made(tmp_path / "a.dcm")
    (source,) = ds.SourceImageSequence
    assert source.ReferencedSOPInstanceUID == le.SOPInstanceUID
    assert source.SpatialLocationsPreserved == "YES"
    acquired, drawn = ds.ContributingEquipmentSequence
    assert acquired.ManufacturerModelName == le.ManufacturerModelName
    assert drawn.PurposeOfReferenceCodeSequence[0].CodeValue == "109100"
    assert (drawn.ManufacturerModelName, drawn.SoftwareVersions) == ("strict-pix2pix", __version__)
    for fact in ("a" * 64, "0123456789ab", "pix2pix", "fold 3", "trained on simulated"):
        assert fact in drawn.ContributionDescription
    assert ds.DerivationCodeSequence[0].CodingSchemeDesignator == "99VCEM"
    assert ds.CodingSchemeIdentificationSequence[0].CodingSchemeDesignator == "99VCEM"


@pytest.mark.parametrize("origin", Origin)
def test_the_origin_of_the_source_is_kept(tmp_path, origin):
    _, ds = made(tmp_path / "a.dcm", origin=origin)
    assert f"low energy image: {origin}" in ds.ImageComments
    assert ("simulated" in ds.SeriesDescription) == (origin is Origin.SIMULATED)


def test_pixels_come_back_and_0_is_black(tmp_path):
    made(tmp_path / "a.dcm")
    assert np.array_equal(read_stored(tmp_path / "a.dcm"), STORED)
    assert np.allclose(read_dicom(tmp_path / "a.dcm"), STORED / 4095)


def test_same_source_and_weights_same_bytes_and_other_weights_other_uids(tmp_path):
    _, first = made(tmp_path / "a.dcm")
    content = (tmp_path / "a.dcm").read_bytes()
    made(tmp_path / "b.dcm")
    assert (tmp_path / "b.dcm").read_bytes() == content
    _, other = made(tmp_path / "c.dcm", model=replace(MODEL, weights="b" * 64))
    assert other.SOPInstanceUID != first.SOPInstanceUID
    assert other.SeriesInstanceUID != first.SeriesInstanceUID
    assert first.SOPInstanceUID == virtual_uid(pydicom.dcmread(tmp_path / "le.dcm").SOPInstanceUID, MODEL)


@pytest.mark.parametrize(("changes", "told"), [
    ({"grid": Size(512, 512)}, "images of 256 x 256, drawn on 512 x 512, recipe"),
    ({"grid": NATIVE}, "drawn on the native grid, recipe"),
    ({"onnx": "c" * 64}, f"ONNX file SHA-256 {'c' * 64}, trained on"),
])  # fmt: skip
def test_what_changes_pixels_changes_the_uid_and_is_told(changes, told):
    other = replace(MODEL, **changes)
    assert told in other.sentence
    assert f"weights SHA-256 {MODEL.weights}" in other.sentence
    assert virtual_uid("1.2.3", other) != virtual_uid("1.2.3", MODEL)
    by_gpu = replace(MODEL, device="cuda")
    assert virtual_uid("1.2.3", by_gpu) != virtual_uid("1.2.3", MODEL)
    assert "drawn by cuda" in by_gpu.sentence
    assert (by_gpu.facts["device"], "device" in MODEL.facts) == ("cuda", False)
    assert "drawn on" not in MODEL.sentence


def test_images_of_one_source_series_stay_together(tmp_path):
    _, cc = made(tmp_path / "a.dcm", view=View.CC)
    _, mlo = made(tmp_path / "b.dcm", view=View.MLO)
    assert cc.SeriesInstanceUID == mlo.SeriesInstanceUID
    assert cc.SOPInstanceUID != mlo.SOPInstanceUID


def test_lossy_stays_lossy(tmp_path):
    _, ds = made(tmp_path / "a.dcm", tags={"LossyImageCompression": "01", "LossyImageCompressionRatio": "12"})
    assert (ds.LossyImageCompression, ds.LossyImageCompressionRatio) == ("01", 12)


def test_names_in_other_scripts_stay(tmp_path):
    _, ds = made(tmp_path / "a.dcm", tags={"SpecificCharacterSet": "ISO_IR 192", "PatientName": "山田^花子"})
    assert str(ds.PatientName) == "山田^花子"


def test_long_names_of_recipes_fit(tmp_path):
    _, ds = made(tmp_path / "a.dcm", model=replace(MODEL, name="n" * 2000))
    assert len(ds.ManufacturerModelName) == 64
    assert len(ds.DerivationDescription) == 1024


def test_a_damaged_source_is_an_error(tmp_path):
    source = write(tmp_path / "le.dcm")
    source.write_bytes(source.read_bytes()[:200])
    with pytest.raises(FailureError, match=r"le\.dcm is damaged"):
        virtual_dicom(source, STORED, Drawn(Side.LEFT, View.CC, Origin.SIMULATED, MODEL))


def test_bytes_can_be_read_without_a_file(tmp_path):
    content = virtual_dicom(write(tmp_path / "le.dcm"), STORED, Drawn(Side.LEFT, View.CC, Origin.CLINICAL, MODEL))
    assert pydicom.dcmread(io.BytesIO(content)).Modality == "MG"
