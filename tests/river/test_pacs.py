"""Virtual DES images into a PACS by C-STORE, and back over DICOMweb."""

import numpy as np
import pydicom
import pytest
from dicomweb_client import DICOMwebClient
from dicomweb_client.session_utils import create_session_from_user_pass
from pynetdicom import AE

from enhancing import toy_run, write_exam
from orthanc import PASSWORD, TITLE, USER, orthanc
from vcem.cli.main import main

STORED = 0x0000
SAME = ["SyntheticData", "ImageType", "SeriesDescription", "ImageLaterality", "FrameOfReferenceUID"]
SAME += ["ImagerPixelSpacing", "WindowCenter", "WindowWidth", "DerivationDescription", "SourceImageSequence"]
SAME += ["ContributingEquipmentSequence"]


@pytest.fixture(scope="module")
def enhanced(tmp_path_factory):
    folder = tmp_path_factory.mktemp("enhanced")
    exam, run = write_exam(folder / "exam"), toy_run(folder)
    assert main(["enhance", str(exam), "--model", str(run), "--out", str(folder / "out"), "--label"]) == 0
    return [pydicom.dcmread(path) for path in sorted((folder / "out").glob("*.dcm"))]


@pytest.fixture(scope="module")
def pacs(tmp_path_factory):
    with orthanc(tmp_path_factory.mktemp("orthanc")) as running:
        yield running


@pytest.fixture(scope="module")
def web(pacs):
    return DICOMwebClient(f"{pacs.web}/dicom-web", session=create_session_from_user_pass(USER, PASSWORD))


def send(datasets, pacs):
    """Propose each class with the files' own syntax only, so that nothing is converted on the way."""
    ae = AE("VCEM")
    for dataset in datasets:
        ae.add_requested_context(dataset.SOPClassUID, dataset.file_meta.TransferSyntaxUID)
    association = ae.associate("127.0.0.1", pacs.dicom_port, ae_title=TITLE)
    assert association.is_established
    try:
        return [association.send_c_store(dataset).Status for dataset in datasets]
    finally:
        association.release()


@pytest.mark.needs("orthanc")
def test_a_pacs_takes_virtual_images_and_gives_them_back_whole(enhanced, pacs, web):
    assert len(enhanced) == 8, "four images and their labels"
    assert send(enhanced, pacs) == [STORED] * 8
    for sent in enhanced:
        back = web.retrieve_instance(sent.StudyInstanceUID, sent.SeriesInstanceUID, sent.SOPInstanceUID)
        assert back.SOPClassUID == sent.SOPClassUID
        if sent.Modality == "MG":
            assert back.SyntheticData == "YES"
            assert [back[name] for name in SAME] == [sent[name] for name in SAME]
            np.testing.assert_array_equal(back.pixel_array, sent.pixel_array)
            assert back.pixel_array.any()


@pytest.mark.needs("orthanc")
def test_a_pacs_lists_them_in_a_series_of_their_own_in_the_same_study(enhanced, pacs, web):
    send(enhanced, pacs)
    study = enhanced[0].StudyInstanceUID
    series = web.search_for_series(study, search_filters={"Modality": "MG"})
    assert {s["0020000E"]["Value"][0] for s in series} == {d.SeriesInstanceUID for d in enhanced if d.Modality == "MG"}
    assert len(web.search_for_instances(study)) == 8


@pytest.mark.needs("orthanc")
def test_sending_twice_keeps_one_copy(enhanced, pacs, web):
    assert send(enhanced, pacs) == send(enhanced, pacs)
    assert len(web.search_for_instances(enhanced[0].StudyInstanceUID)) == 8
