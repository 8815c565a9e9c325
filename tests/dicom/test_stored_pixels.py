import io

import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from toy_dicom import STUDY, image_of, pixels_of
from vcem.core.errors import FailureError
from vcem.dicom.stored_pixels import only_pixels, without_comments
from vcem.dicom.write import dataset_of


def toy(**tags):
    dataset = dataset_of(pixels_of(), STUDY, image_of())
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    return dataset


def saved(dataset, syntax):
    """Write in another transfer syntax and read again."""
    values = dataset.pixel_array
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = values.astype(values.dtype.newbyteorder("<" if syntax.is_little_endian else ">")).tobytes()
    content = io.BytesIO()
    dataset.save_as(
        content, enforce_file_format=True, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian
    )
    return pydicom.dcmread(io.BytesIO(content.getvalue()))


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_uncompressed_pixels_become_little_endian(syntax):
    content, made = only_pixels(saved(toy(), syntax))
    assert made == ExplicitVRLittleEndian
    assert np.array_equal(np.frombuffer(content, "<u2").reshape(120, 80), pixels_of())


def test_an_overlay_in_unused_bits_goes():
    marked = pixels_of() | np.uint16(0x9000)
    assert only_pixels(toy(PixelData=marked.tobytes()))[0] == pixels_of().tobytes()


def test_unused_low_bits_go_too_and_signs_stay():
    values = np.array([-5, 7, -2048, 2047], np.int16)
    dataset = toy(Rows=2, Columns=2, PixelRepresentation=1, HighBit=15, PixelData=((values << 4) | 9).tobytes())
    assert only_pixels(dataset)[0] == (values << 4).tobytes()
    dataset = toy(
        Rows=2, Columns=2, PixelRepresentation=1, HighBit=11, PixelData=(values & 0xFFF).astype("<u2").tobytes()
    )
    assert only_pixels(dataset)[0] == values.tobytes()


def test_bytes_after_the_last_pixel_go():
    assert only_pixels(toy(PixelData=pixels_of().tobytes() + b"SMITH^SALLY."))[0] == pixels_of().tobytes()


@pytest.mark.parametrize("tags", [{"Rows": 60000, "Columns": 60000}, {"Rows": 0}, {"BitsStored": 17}, {"HighBit": 3}])
def test_sizes_that_do_not_fit_are_refused_before_memory_is_taken(tags):
    with pytest.raises(FailureError):
        only_pixels(toy(**tags))


def test_compressed_pixels_stay_as_they_are():
    dataset = toy()
    dataset.compress(RLELossless, generate_instance_uid=False)
    before = dataset.pixel_array.copy()
    content, made = only_pixels(dataset)
    assert made == RLELossless
    dataset.PixelData = content
    assert np.array_equal(dataset.pixel_array, before)


def segment(marker, content):
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2) + content


def test_comments_and_application_data_of_jpeg_go_before_the_scan():
    head, scan = segment(0xC3, b"frame"), segment(0xDA, b"scan") + b"coded \xff\xfe data" + b"\xff\xd9"
    stream = b"\xff\xd8" + segment(0xE1, b"Exif Smith") + head + segment(0xFE, b"SMITH^SALLY") + scan
    assert without_comments(stream) == b"\xff\xd8" + head + scan


def test_comments_of_jpeg_2000_go_before_the_tile():
    head, tile = segment(0x51, b"size"), segment(0x90, b"tile") + b"\xff\x64\x00\x04xx"
    assert without_comments(b"\xff\x4f" + head + segment(0x64, b"SMITH") + tile) == b"\xff\x4f" + head + tile


@pytest.mark.parametrize("stream", [b"", b"\xff\xd8", b"\xff\xd8\xff\xfe", b"\xff\xd8\xff\xfe\x00\x00\x00\x00", b"RLE"])
def test_odd_streams_end(stream):
    assert len(without_comments(stream)) <= len(stream)
