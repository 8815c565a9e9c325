import pytest

from toy_dicom import STUDY, image_of, pixels_of
from vcem.core.terms import Energy
from vcem.dicom.gate import CHECKS, why_refused
from vcem.dicom.profile import read_profile
from vcem.dicom.write import dataset_of

GATE = read_profile().gate


def toy(energy=Energy.LE):
    return dataset_of(pixels_of(energy), STUDY, image_of(energy))


@pytest.mark.parametrize("energy", Energy)
def test_contrast_mammograms_pass(energy):
    assert why_refused(toy(energy), GATE) == ""


@pytest.mark.parametrize(
    "image_type",
    [["DERIVED", "PRIMARY", ""], ["ORIGINAL", "PRIMARY", "", "LOW_ENERGY"], ["DERIVED", "PRIMARY", "", "RECOMBINED"]],
)
def test_image_types_seen_in_hospitals_pass(image_type):
    dataset = toy()
    dataset.ImageType = image_type
    assert why_refused(dataset, GATE) == ""


REFUSED = [
    ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.7", "SOP Class"),
    ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.88.67", "SOP Class"),
    ("Modality", "CT", "Modality"),
    ("SOPInstanceUID", "", "missing"),
    ("StudyInstanceUID", None, "missing"),
    ("SOPInstanceUID", ["1.2", "1.3"], "not one"),
    ("BurnedInAnnotation", "YES", "Burned"),
    ("BurnedInAnnotation", None, "Burned"),
    ("ImageType", ["DERIVED", "PRIMARY", "SMITH"], "Image Type"),
    ("ImageType", "ORIGINAL", "Image Type"),
    ("ImageType", ["DERIVED", "OTHER"], "Image Type"),
    ("ImageType", None, "Image Type"),
    ("RecognizableVisualFeatures", "YES", "Recognizable"),
    ("SamplesPerPixel", 3, "not grey"),
    ("BitsAllocated", 32, "not grey"),
    ("PixelData", None, "no Pixel Data"),
]


@pytest.mark.parametrize(("keyword", "value", "why"), REFUSED)
def test_what_may_hide_something_is_refused(keyword, value, why):
    dataset = toy()
    if value is None:
        delattr(dataset, keyword)
    else:
        setattr(dataset, keyword, value)
    told = why_refused(dataset, GATE)
    assert why in told
    assert "SMITH" not in told


def test_every_check_can_refuse():
    assert {told for told in CHECKS if any(why in told for _, _, why in REFUSED)} == set(CHECKS)
