import pydicom
import pytest

from toy_dicom import write
from vcem.core.errors import FailureError
from vcem.core.terms import Energy, Side, View
from vcem.dicom.elements import code, of
from vcem.dicom.fitness import SYNTHESIZING, is_virtual, unfit


def reason(tmp_path, tags=None, side=Side.LEFT, **changes):
    return unfit(write(tmp_path / "a.dcm", side=side, tags=tags, **changes), side)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("view", View)
def test_a_simulated_le_image_is_fit_although_it_is_synthetic(tmp_path, side, view):
    assert pydicom.dcmread(write(tmp_path / "b.dcm")).SyntheticData == "YES"
    assert reason(tmp_path, side=side, view=view) == ""


def test_a_clinical_le_image_is_fit(tmp_path):
    assert reason(tmp_path, {"SyntheticData": None}) == ""
    assert reason(tmp_path, {"PatientOrientation": "CC"}) == ""  # a view and no direction
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
        ({"PatientOrientation": ["P", "L"]}, "turned: its rows run to P"),
        ({"SeriesInstanceUID": None}, "SeriesInstanceUID is missing"),
        ({"StudyInstanceUID": ""}, "StudyInstanceUID is missing"),
        ({"ImageType": ["DERIVED", "SECONDARY", "POST_CONTRAST", "", "LOW_ENERGY"]}, "a synthetic image"),
        ({"ContributingEquipmentSequence": [of(PurposeOfReferenceCodeSequence=[code(*SYNTHESIZING)])],
          "SyntheticData": None}, "synthesizing equipment"),
    ],
)  # fmt: skip
def test_what_a_model_does_not_know_has_a_reason(tmp_path, tags, why):
    assert why in reason(tmp_path, tags)


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
