import io

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from encoded_dicom import breast, file_in
from toy_dicom import write
from vcem.core.errors import FailureError, UsageError
from vcem.dicom.damage import header_of, refuse_flood, told, whole_of


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


def test_a_whole_file_has_its_pixels(tmp_path):
    assert "PixelData" in whole_of(write(tmp_path / "a.dcm"))


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = write(tmp_path / "a.dcm")
    monkeypatch.setattr("vcem.dicom.damage.MOST_BYTES", path.stat().st_size - 1)
    for read in (header_of, whole_of):
        with pytest.raises(FailureError, match=r"a\.dcm.*more bytes than any mammogram"):
            read(path)


def test_a_deflated_file_is_inflated_no_further_than_the_limit(tmp_path, monkeypatch):
    bomb = file_in(DeflatedExplicitVRLittleEndian, breast(rows=1000, columns=1000) * 0)
    (tmp_path / "a.dcm").write_bytes(bomb)
    assert len(bomb) < 10_000
    assert header_of(tmp_path / "a.dcm").Rows == 1000
    monkeypatch.setattr("vcem.dicom.damage.MOST_BYTES", 2**20)
    with pytest.raises(FailureError, match="inflated"):
        header_of(tmp_path / "a.dcm")
    refuse_flood(io.BytesIO(file_in(DeflatedExplicitVRLittleEndian, breast())))
