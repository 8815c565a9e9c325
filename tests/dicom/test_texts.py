import pydicom
import pytest

from toy_dicom import write
from vcem.dicom.texts import items, tag_of, text, texts


@pytest.fixture
def dataset(tmp_path):
    return pydicom.dcmread(write(tmp_path / "a.dcm", tags={"SeriesDescription": " two words "}))


def test_texts_are_those_of_pydicom_read_or_not_yet(dataset):
    for keyword in ("PatientID", "PatientName", "ImageType", "ImagerPixelSpacing", "Rows", "ViewPosition"):
        before = texts(dataset, keyword)
        dataset.get(keyword)  # now pydicom has converted it
        assert texts(dataset, keyword) == before
    assert text(dataset, "SeriesDescription") == "two words"
    assert text(dataset, "ImagerPixelSpacing") == "1.6\\1.6"


def test_items_of_a_sequence(dataset):
    assert [text(item, "CodeValue") for item in items(dataset, "ViewCodeSequence")] == ["399162004"]
    assert items(dataset, "SourceImageSequence") == []
    assert tag_of("Rows") == 0x00280010
