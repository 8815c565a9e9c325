import numpy as np
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGExtended12Bit, JPEGLosslessSV1, JPEGLSLossless

from encoded_dicom import LOSSLESS, LOSSY, breast, code
from vcem.dicom.codecs import DECODERS, Frame, declared, decode, decode_rle

SYNTAXES = sorted({*LOSSLESS, *LOSSY} & set(DECODERS))


def stream(syntax, bits=12):
    return code(syntax, breast(bits), bits)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda uid: uid.name)
def test_a_stream_says_its_size_before_it_is_decoded(syntax):
    bits = 8 if "Baseline" in syntax.name else 12
    made = stream(syntax, bits)
    frame = declared(made, syntax)
    assert (frame.rows, frame.columns, frame.components) == (32, 31, 1)
    assert bits <= frame.bits <= 16
    assert decode(made, syntax).shape == (32, 31)


def test_the_precision_is_that_of_the_samples():
    assert declared(stream(JPEGExtended12Bit), JPEGExtended12Bit) == Frame(32, 31, 1, 12)
    assert declared(stream(JPEGLosslessSV1, 14), JPEGLosslessSV1) == Frame(32, 31, 1, 14)
    assert declared(stream(JPEG2000Lossless, 10), JPEG2000Lossless) == Frame(32, 31, 1, 10)


def test_a_stream_in_a_file_of_its_own_is_found():
    box = b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0\0\0\x14ftypjp2 \0\0\0\0jp2 "
    assert declared(box + stream(JPEG2000Lossless), JPEG2000Lossless) == Frame(32, 31, 1, 12)


@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"\xff\xd8\xff\xd9", b"\xff\xd8" + b"\xff" * 40, b"RLE" * 30])
@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless])
def test_what_is_no_stream_of_the_syntax_is_refused(content, syntax):
    with pytest.raises(ValueError, match="code stream"):
        declared(content, syntax)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda uid: uid.name)
def test_a_stream_that_was_cut_is_refused_not_filled_up(syntax):
    bits = 8 if "Baseline" in syntax.name else 12
    made = code(syntax, breast(bits, 200, 199), bits)
    for padding in (b"\0", b"\0" * 99, b"\xff"):
        assert declared(made + padding, syntax) == declared(made, syntax)
    for share in (0.5, 0.9, 0.99):
        cut = made[: int(len(made) * share)]
        with pytest.raises((ValueError, RuntimeError)):
            declared(cut, syntax), decode(cut, syntax)


@pytest.mark.parametrize(("syntax", "marker"), [(JPEGExtended12Bit, b"\xff\xc1"), (JPEGLosslessSV1, b"\xff\xc3")])
def test_a_few_bytes_cannot_name_a_huge_jpeg(syntax, marker):
    made = bytearray(stream(syntax))
    place = made.index(marker)
    made[place + 5 : place + 9] = (11000).to_bytes(2) * 2
    with pytest.raises(ValueError, match="too few for the size"):
        declared(bytes(made), syntax)


def test_a_progressive_jpeg_is_refused():
    made = stream(JPEGExtended12Bit)
    with pytest.raises(ValueError, match="marker FFC2"):
        declared(made.replace(b"\xff\xc1", b"\xff\xc2", 1), JPEGExtended12Bit)


def test_a_stream_of_countless_tiles_is_refused():
    made = bytearray(stream(JPEG2000Lossless))
    made[24:32] = (1).to_bytes(4) * 2  # XTsiz and YTsiz; 32 x 31 tiles pass
    assert declared(bytes(made), JPEG2000Lossless).rows == 32
    made[8:16] = (30000).to_bytes(4) * 2
    with pytest.raises(ValueError, match="tiles"):
        declared(bytes(made), JPEG2000Lossless)


def test_run_lengths_give_the_size_that_was_asked_for_or_an_error():
    from pydicom.uid import RLELossless

    values = breast()
    made = code(RLELossless, values, 12)
    assert np.array_equal(decode_rle(made, 32, 31, 2), values)
    for rows in (31, 33):
        with pytest.raises((ValueError, RuntimeError)):
            decode_rle(made, rows, 31, 2)
    with pytest.raises(ValueError, match="1 segments"):
        decode_rle(made, 32, 62, 1)
    bomb = (2).to_bytes(4, "little") + (64).to_bytes(4, "little") * 2 + bytes(52) + b"\x81\0" * 10**6
    with pytest.raises((ValueError, RuntimeError)):
        decode_rle(bomb, 32, 31, 2)
