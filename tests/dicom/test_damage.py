import pytest

from toy_dicom import write
from vcem.core.errors import FailureError, UsageError
from vcem.dicom.damage import header_of, told


def test_a_header_without_pixels(tmp_path):
    dataset = header_of(write(tmp_path / "a.dcm"))
    assert dataset.PatientID == "S0001"
    assert "PixelData" not in dataset


@pytest.mark.parametrize("content", [b"", b"no DICOM", b"\0" * 128 + b"DICM"[:3]])
def test_what_is_no_dicom_is_one_error_that_names_it(tmp_path, content):
    (tmp_path / "a.dcm").write_bytes(content)
    with pytest.raises(FailureError, match=r"a\.dcm is damaged"):
        header_of(tmp_path / "a.dcm")


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("y"), OverflowError(), TypeError("z")])
def test_whatever_the_block_raises_is_told(tmp_path, error):
    with pytest.raises(FailureError, match=r"b\.dcm is damaged"), told(tmp_path / "b.dcm"):
        raise error


def test_our_own_errors_pass_as_they_are(tmp_path):
    with pytest.raises(UsageError, match="mine"), told(tmp_path / "b.dcm"):
        raise UsageError("mine")
