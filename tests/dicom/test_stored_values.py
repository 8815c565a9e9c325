import io
from contextlib import suppress

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000,
    ExplicitVRBigEndian,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from encoded_dicom import LOSSLESS, NEAR, PLAIN, breast, code, dataset, file_in
from vcem.dicom.stored_values import layout_of, stored_values
from vcem.dicom.unreadable import UNREADABLE, odd_values_pass


def read(content):
    return pydicom.dcmread(io.BytesIO(content))


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("syntax", [*PLAIN, *LOSSLESS], ids=lambda uid: uid.name)
def test_every_syntax_that_loses_nothing_gives_the_stored_values(syntax, bits, signed):
    values = breast(bits, signed=signed)
    found = stored_values(read(file_in(syntax, values, bits)))
    assert found.dtype == values.dtype
    assert np.array_equal(found, values)


@pytest.mark.parametrize(
    ("syntax", "bits", "least", "most"),
    [
        (JPEGBaseline8Bit, 8, 1, 6),
        (JPEGExtended12Bit, 12, 1, 6),
        (JPEGLSNearLossless, 8, 1, NEAR),
        (JPEGLSNearLossless, 12, 1, NEAR),
        (JPEGLSNearLossless, 16, 1, NEAR),
        (JPEG2000, 12, 1, 40),
    ],
)
def test_a_syntax_that_loses_stays_near(syntax, bits, least, most):
    values = breast(bits)
    found = stored_values(read(file_in(syntax, values, bits))).astype(int)
    assert least <= np.abs(found - values).max() <= most
    assert 0 <= found.min() < found.max() <= 2**bits - 1


def test_losses_beyond_the_stored_bits_do_not_turn_white_into_black():
    values = np.full((32, 31), 4095, np.uint16)
    values[::2] = 4090
    made = dataset(values)
    made.file_meta.TransferSyntaxUID = JPEGLSNearLossless
    made.PixelData = encapsulate([code(JPEGLSNearLossless, values + 3, 13)])  # a decoder may give back 4098
    assert (stored_values(made) >= 4090).all()


@pytest.mark.parametrize("syntax", [*PLAIN, *LOSSLESS[:4]], ids=lambda uid: uid.name)
def test_an_overlay_in_unused_bits_goes(syntax):
    values = breast(12)
    marked = values | np.uint16(0x9000)
    content = file_in(syntax, marked, 16, BitsStored=12, HighBit=11)
    assert np.array_equal(stored_values(read(content)), values)


@pytest.mark.parametrize("signed", [False, True])
def test_stored_bits_may_lie_at_the_high_end(signed):
    values = breast(12, signed=signed)
    found = stored_values(dataset((values << 4) | values.dtype.type(9), HighBit=15))
    assert np.array_equal(found, values)


def test_eight_bits_in_words_of_big_endian_are_swapped_back():
    values = breast(8, columns=32)
    made = dataset(values, 8)
    made.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    made.PixelData = values.view("<u2").astype(">u2").tobytes()
    made["PixelData"].VR = "OW"
    assert np.array_equal(stored_values(made), values)


def test_an_odd_number_of_bytes_is_padded_and_less_than_a_row_may_follow():
    values = breast(8, rows=31)
    assert values.nbytes % 2 == 1
    for tail in (b"", b"\0", b"\0" * 30):
        assert np.array_equal(stored_values(dataset(values, 8, PixelData=values.tobytes() + tail)), values)


@pytest.mark.parametrize("change", [
    {"Rows": 33}, {"Rows": 31}, {"Columns": 30}, {"Rows": 65535, "Columns": 65535}, {"Rows": 0}, {"Columns": None},
    {"BitsAllocated": 32}, {"BitsAllocated": 1}, {"BitsAllocated": 12}, {"BitsAllocated": 65535}, {"BitsStored": 0},
    {"BitsStored": 13}, {"HighBit": 16}, {"HighBit": 3}, {"SamplesPerPixel": 3}, {"PixelData": b""},
])  # fmt: skip
def test_a_size_that_the_bytes_do_not_bear_out_is_refused(change):
    with pytest.raises(ValueError, match=r"no mammogram|missing|allocated|samples|bytes of"):
        stored_values(dataset(breast(), **change))


@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda uid: uid.name)
@pytest.mark.parametrize("change", [{"Rows": 33}, {"Rows": 65535, "Columns": 65535}, {"Columns": 30},
                                    {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}])  # fmt: skip
def test_a_header_that_lies_about_a_code_stream_is_refused(syntax, change):
    content = read(file_in(syntax, breast()))
    for keyword, value in change.items():
        setattr(content, keyword, value)
    with pytest.raises((ValueError, RuntimeError)):
        stored_values(content)


@pytest.mark.parametrize("syntax", [*PLAIN, *LOSSLESS], ids=lambda uid: uid.name)
def test_a_file_that_was_cut_is_refused_or_whole(syntax):
    """Grey in place of what is missing would be a picture that nobody took."""
    values = breast(rows=120, columns=119)
    content = file_in(syntax, values)
    for lost in (1, 2, 8, 9, 12, 40, 300, len(content) // 8):
        with odd_values_pass(), suppress(UNREADABLE):
            found = stored_values(read(content[:-lost]))
            assert np.array_equal(found, values), f"{lost} bytes less made another picture"


@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda uid: uid.name)
def test_a_code_stream_may_come_in_pieces_with_or_without_a_table_of_offsets(syntax):
    values = breast(rows=60, columns=59)
    made = read(file_in(syntax, values))
    for pieces, table in ((1, False), (3, True), (3, False)):
        made.PixelData = encapsulate([code(syntax, values, 12)], fragments_per_frame=pieces, has_bot=table)
        assert np.array_equal(stored_values(made), values)


def test_a_syntax_that_is_not_decoded_is_named():
    made = read(file_in(JPEGLossless, breast()))
    made.file_meta.TransferSyntaxUID = pydicom.uid.MPEG2MPML
    with pytest.raises(ValueError, match="MPEG2"):
        stored_values(made)
    made.file_meta.TransferSyntaxUID = pydicom.uid.UID("1.2.3")
    with pytest.raises(ValueError, match=r"1\.2\.3 is not known"):
        stored_values(made)


def test_the_layout_of_a_stream_comes_from_the_header():
    layout = layout_of(read(file_in(JPEGLSLossless, breast(10, signed=True), 10)))
    assert (layout.allocated, layout.stored, layout.high, layout.signed) == (16, 10, 9, True)
    assert layout.ends == (-512, 511)


@pytest.mark.needs("shared")
def test_one_real_mammogram_in_two_compressions(shared):
    folder = shared / "mg-dicom"
    wavelet, cosine = (
        stored_values(pydicom.dcmread(folder / f"MG1_{name}.dcm")).astype(np.int32) for name in ("J2KI", "JPLY")
    )
    assert wavelet.shape == cosine.shape == (4664, 3064)
    assert cosine.max() == wavelet.max() == 4095
    apart = np.abs(wavelet - cosine)
    assert 0.5 < apart.mean() < 20
    assert np.percentile(apart, 99) < 60
