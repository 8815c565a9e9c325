import numpy as np
import pytest
from pydicom.uid import (
    JPEG2000,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSNearLossless,
    RLELossless,
)

from encoded_dicom import LOSSLESS, LOSSY, breast, code
from vcem.dicom.codecs import DECODERS, decode
from vcem.dicom.streams import UnknownPartError, coded, holds_text, jpeg_end, picture_part

WORDS = b"Anne Doe b. 5 Apr 67"
TABLE_OF_WORDS = b"\x13" + bytes([0] * 4 + [20] + [0] * 11) + WORDS
SYNTAXES = sorted({*LOSSLESS, *LOSSY} - {RLELossless})
JPEGS = [syntax for syntax in SYNTAXES if syntax not in JPEG2000TransferSyntaxes]
JPEG_2000S = [syntax for syntax in SYNTAXES if syntax in JPEG2000TransferSyntaxes]


def stream(syntax, rows=200):
    bits = 8 if syntax == JPEGBaseline8Bit else 12
    return code(syntax, breast(bits, rows, 199), bits)


def segment(marker, content=WORDS):
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2) + content


def with_tile_comment(made):
    place = made.index(b"\xff\x90")
    comment = segment(0x64, b"\0\1" + WORDS)
    size = int.from_bytes(made[place + 6 : place + 10])
    return (
        made[: place + 6] + (size + len(comment) if size else 0).to_bytes(4) + made[place + 10 : place + 12]
        + comment + made[place + 12 :]
    )  # fmt: skip


def boxed(made):
    return b"\0\0\0\x0cjP  \r\n\x87\n" + (8 + len(WORDS)).to_bytes(4) + b"xml " + WORDS + made


JPEG_PLACES = {
    **{f"APP{n}": (lambda s, n=n: s[:2] + segment(0xE0 + n) + s[2:]) for n in (0, 1, 8, 14)},
    "comment": lambda s: s[:2] + segment(0xFE) + s[2:],
    "comment behind fill": lambda s: s[:2] + b"\xff\xff" + segment(0xFE) + s[2:],
    "comment behind the scan": lambda s: s[:-2] + segment(0xFE) + s[-2:],
    "behind the end": lambda s: s + WORDS,
    "behind the end, with another end": lambda s: s + WORDS + b"\xff\xd9",
    "a table that nothing uses": lambda s: s[:2] + segment(0xDB, b"\x03" + WORDS.ljust(64)) + s[2:],
}
J2K_PLACES = {
    "comment": lambda s: s[:2] + s[2:45] + segment(0x64, b"\0\1" + WORDS) + s[45:],
    "comment of a tile": with_tile_comment,
    "behind the end": lambda s: s + WORDS,
    "a box": boxed,
}
PLACES = [(s, name, JPEG_PLACES[name]) for s in JPEGS for name in JPEG_PLACES] + [
    (s, name, J2K_PLACES[name]) for s in JPEG_2000S for name in J2K_PLACES
]


@pytest.mark.parametrize(
    ("syntax", "name", "plant"), PLACES, ids=lambda value: "plant" if callable(value) else getattr(value, "name", value)
)
def test_words_beside_the_picture_go_and_its_bits_stay(syntax, name, plant):
    clean, marked = stream(syntax), plant(stream(syntax))
    made = picture_part(marked, syntax)
    assert WORDS in marked
    assert WORDS not in made
    assert made == picture_part(clean, syntax)
    begin, end = coded(made, syntax)
    assert made[begin:end] in clean
    assert np.array_equal(decode(made, syntax), decode(clean, syntax))


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda uid: uid.name)
def test_a_clean_stream_stays_as_it_is(syntax):
    made = picture_part(stream(syntax), syntax)
    assert picture_part(made, syntax) == made
    assert b"Created by" not in made


@pytest.mark.parametrize(
    ("syntax", "plant"),
    [
        (JPEGExtended12Bit, lambda s: s[:2] + segment(0xDC) + s[2:]),
        (JPEGExtended12Bit, lambda s: s[:2] + segment(0xDB, WORDS) + s[2:]),
        (JPEGExtended12Bit, lambda s: s[:2] + segment(0xC4, WORDS) + s[2:]),
        (JPEGExtended12Bit, lambda s: s[:2] + segment(0xC4, TABLE_OF_WORDS) + s[2:]),
        (JPEGLSNearLossless, lambda s: s[:2] + segment(0xF8, b"\x02" + WORDS) + s[2:]),
        (JPEG2000, lambda s: s[:45] + segment(0x60) + s[45:]),
        (JPEG2000, lambda s: s[:-2] + WORDS + s[-2:]),
        (JPEG2000, lambda s: s.replace(b"\xff\x5c\x00\x1d", b"\xff\x5c\x00\x23", 1)),
        (JPEG2000, lambda s: b"\xff\x4f" + s[4:]),
    ],
)  # fmt: skip
def test_what_is_not_known_is_told(syntax, plant):
    with pytest.raises(UnknownPartError):
        picture_part(plant(stream(syntax)), syntax)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8", b"\xff\xd8\xff\xd9", b"\xff\x4f\xff\x51", b"\xff\xd8" + b"\xff" * 40]
)
@pytest.mark.parametrize("syntax", [JPEGExtended12Bit, JPEG2000])
def test_odd_streams_end_in_one_error(content, syntax):
    with pytest.raises(ValueError, match="code stream"):
        picture_part(content, syntax)


@pytest.mark.parametrize("syntax", JPEGS, ids=lambda uid: uid.name)
def test_the_end_is_that_of_the_picture_not_of_the_bytes(syntax):
    made = stream(syntax)
    assert jpeg_end(made + WORDS + b"\xff\xd9") == len(made)
    with pytest.raises(ValueError, match="no end marker"):
        jpeg_end(made[:-2] + WORDS)


def test_coded_data_are_no_text_and_text_is():
    for syntax in DECODERS:
        if syntax in SYNTAXES:
            made = stream(syntax, 400)
            begin, end = coded(made, syntax)
            assert not holds_text(made[begin:end])
    assert holds_text(b"\x80\x91" + WORDS + b"\x92")
