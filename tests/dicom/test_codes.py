import pytest

from vcem.dicom.codes import meaning_of


@pytest.mark.parametrize(
    ("scheme", "value", "meaning"),
    [
        ("SCT", "399162004", "cranio-caudal"),
        ("SNM3", "R-10242", "cranio-caudal"),
        ("SRT", "R-10226", "medio-lateral oblique"),
        ("SRT", "T-04000", "Breast"),
        ("SRT", "C-B0322", "Iohexol"),
        ("DCM", "121322", "Source image for image processing operation"),
        ("UCUM", "mg/cm2", "mg/cm2"),
        ("SCT", "QUERFELD-4711", ""),
        ("SCT", "R-10242", ""),
        ("99OWN", "399162004", ""),
    ],
)
def test_a_code_has_the_meaning_of_the_standard_or_none(scheme, value, meaning):
    assert meaning_of(scheme, value) == meaning
