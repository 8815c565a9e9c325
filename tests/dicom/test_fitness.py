import pydicom
import pytest

from toy_dicom import write
from vcem.core.errors import FailureError
from vcem.core.terms import Energy, Side, View
from vcem.dicom.elements import code, of
from vcem.dicom.fitness import SYNTHESIZING, is_virtual, not_plain, unfit
from vcem.dicom.scan import read_header


def reason(tmp_path, tags=None, side=Side.LEFT, **changes):
    return unfit(write(tmp_path / "a.dcm", side=side, tags=tags, **changes), side)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("view", View)
def test_a_simulated_le_image_is_fit_although_it_is_synthetic(tmp_path, side, view):
    assert pydicom.dcmread(write(tmp_path / "b.dcm")).SyntheticData == "YES"
    assert reason(tmp_path, side=side, view=view) == ""


def test_a_clinical_le_image_is_fit(tmp_path):
    assert reason(tmp_path, {"SyntheticData": None}) == ""
    assert reason(tmp_path, {"SyntheticData": None, "ImageType": ["DERIVED", "SECONDARY", "", "LOW_ENER"]}) == ""


def with_modifier(value, scheme):
    view = code("399162004", "SCT", "cranio-caudal")
    view.ViewModifierCodeSequence = [code(value, scheme, "?")]
    return {"ViewCodeSequence": [view]}


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"BreastImplantPresent": "YES"}, "an implant is present"),
        (with_modifier("399209000", "SCT"), "view modifier implant displaced"),
        (with_modifier("R-102D6", "SRT"), "view modifier magnification"),
        ({"SeriesDescription": "Specimen L"}, "a specimen"),
        ({"SpecimenDescriptionSequence": [of(SpecimenIdentifier="1")]}, "a specimen"),
        ({"NumberOfFrames": 15}, "15 frames"),
        ({"ImagerPixelSpacing": None}, "spacing is not given"),
        ({"ImagerPixelSpacing": ["0", "0"]}, "spacing is not given"),
        ({"ImagerPixelSpacing": ["0.1", "0.2"]}, "not square"),
        ({"Rows": 32}, "no mammogram"),
        ({"Rows": 65535, "Columns": 65535}, "no mammogram"),
        (with_modifier("399163009", "SCT"), "view modifier magnification"),
        (with_modifier("399055006", "SCT"), "view modifier spot compression"),
        (with_modifier("R-102D3", "SRT"), "view modifier rolled lateral"),
        (with_modifier("399161006", "SCT"), "view modifier cleavage"),
        (with_modifier("MAG", "99MAKER"), "view modifier MAG ?"),
        ({"ViewModifierCodeSequence": [code("399161006", "SCT", "?")]}, "view modifier cleavage"),
        ({"ProtocolName": "SPECIMEN 1:1"}, "a specimen"),
        ({"QualityControlImage": "YES"}, "a phantom: Quality Control Image = YES"),
        ({"QualityControlImage": "BOTH"}, "a phantom"),
        ({"PatientName": "Phantom^ACR"}, "a phantom, by its PatientName"),
        ({"StudyDescription": "QA phantom"}, "a phantom, by its StudyDescription"),
        ({"PartialView": "YES"}, "a partial view"),
        ({"PartialViewDescription": "anterior part"}, "a partial view"),
        ({"OrganExposed": "SPECIMEN"}, "a specimen"),
        ({"EstimatedRadiographicMagnificationFactor": None, "DistanceSourceToPatient": "350"}, "magnified 1.88"),
        ({"EstimatedRadiographicMagnificationFactor": "0", "DistanceSourceToPatient": "350"}, "magnified 1.88"),
        ({"SeriesDescription": "L_CC_MAG"}, "magnification, by its SeriesDescription"),
        ({"PaddleDescription": "MAG 1.8"}, "magnification, by its PaddleDescription"),
        ({"PaddleDescription": "SPOT COMPRESSION"}, "spot compression, by its PaddleDescription"),
        ({"ProtocolName": "CC Implant Displaced"}, "implant displaced, by its ProtocolName"),
        ({"PartialViewCodeSequence": [code("R-404CC", "SRT", "lateral")]}, "a partial view"),
        ({"EstimatedRadiographicMagnificationFactor": "1.8"}, "magnified 1.8 times"),
        ({"ImagerPixelSpacing": ["70", "70"]}, "pixels of 70 x 70 mm are no mammogram's"),
        ({"ImagerPixelSpacing": ["0.00007", "0.00007"]}, "no mammogram's"),
        ({"SeriesInstanceUID": None}, "SeriesInstanceUID is missing"),
        ({"StudyInstanceUID": ""}, "StudyInstanceUID is missing"),
        ({"PatientOrientation": None}, "Patient Orientation is not given"),
        ({"PatientOrientation": "CC"}, "Patient Orientation is not given"),
        ({"PatientOrientation": ["P", "R"]}, r"mirrored: Patient Orientation P\R"),
        ({"PatientOrientation": ["A", "L"]}, r"upside down: Patient Orientation A\L"),
        ({"PatientOrientation": ["P", "L"]}, "mirrored and upside down"),
        ({"PatientOrientation": ["R", "A"]}, "turned by 90 degrees"),
        ({"PatientOrientation": ["A", "FL"]}, "is not one of a breast of side L"),
        ({"ImageType": ["DERIVED", "SECONDARY", "POST_CONTRAST", "", "LOW_ENERGY"]}, "a synthetic image"),
        ({"ContributingEquipmentSequence": [of(PurposeOfReferenceCodeSequence=[code(*SYNTHESIZING)])],
          "SyntheticData": None}, "synthesizing equipment"),
    ],
)  # fmt: skip
def test_what_a_model_does_not_know_has_a_reason(tmp_path, tags, why):
    assert why in reason(tmp_path, tags)


def test_a_nipple_in_profile_is_a_plain_breast(tmp_path):
    assert reason(tmp_path, with_modifier("442581004", "SCT")) == ""


@pytest.mark.parametrize("energy", [Energy.LE, Energy.DES])
@pytest.mark.parametrize("tags", [
    {"BreastImplantPresent": "YES"}, {"PartialView": "YES"}, {"ImagerPixelSpacing": ["70", "70"]},
    {"QualityControlImage": "YES"}, with_modifier("R-102D6", "SRT"),
])  # fmt: skip
def test_one_rule_for_what_is_imported_and_what_is_enhanced(tmp_path, tags, energy):
    path = write(tmp_path / "a.dcm", energy, tags=tags)
    found = read_header(tmp_path, "a.dcm").not_plain
    assert found
    assert found == not_plain(pydicom.dcmread(path))
    if energy is Energy.LE:
        assert found == unfit(path, Side.LEFT)


def test_a_uid_that_is_a_path_is_none(tmp_path):
    path = write(tmp_path / "a.dcm")
    content = path.read_bytes()
    uid = pydicom.dcmread(path).StudyInstanceUID.encode()
    path.write_bytes(content.replace(uid, b"../" * (len(uid) // 3) + b"x" * (len(uid) % 3)))
    assert "StudyInstanceUID" in unfit(path, Side.LEFT)


def test_a_file_that_is_none_is_an_error(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"x")
    with pytest.raises(FailureError, match=r"a\.dcm"):
        unfit(tmp_path / "a.dcm", Side.LEFT)


def test_virtual_by_image_type(tmp_path):
    assert is_virtual(("DERIVED", "SECONDARY", "", "VIRTUAL_DES"))
    assert not is_virtual(tuple(pydicom.dcmread(write(tmp_path / "a.dcm", Energy.DES)).ImageType))


@pytest.mark.parametrize(
    "tags",
    [
        {"SeriesDescription": "L CC image of the magus, spotless"},
        {"StudyDescription": "Mammography with magnification"},
        {"EstimatedRadiographicMagnificationFactor": None, "DistanceSourceToPatient": "0"},
        {"EstimatedRadiographicMagnificationFactor": None, "DistanceSourceToPatient": None},
    ],
)
def test_what_only_resembles_another_view_is_fit(tmp_path, tags):
    assert reason(tmp_path, tags) == ""


@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
def test_terms_in_small_letters_are_the_same_terms():
    assert not_plain(of(BreastImplantPresent="yes")) == "an implant is present"
    assert not_plain(of(QualityControlImage="Yes")) == "a phantom: Quality Control Image = YES"
    assert not_plain(of(PartialView="Yes")) == "a partial view of a breast"
