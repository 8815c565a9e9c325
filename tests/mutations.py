"""Valid mammograms, and what can go wrong with their bytes, drawn by hypothesis."""

import io
from dataclasses import dataclass, field

import numpy as np
import pydicom
from hypothesis import strategies as st
from pydicom.uid import AllTransferSyntaxes

from encoded_dicom import LOSSLESS, LOSSY, PLAIN, breast, dataset, file_in
from fakes.toy_archive import SALLY
from toy_dicom import image_of
from vcem.core.terms import Energy, Side, View
from vcem.dicom.elements import file_bytes, of

ABSURD = (0, 1, 2, 7, 8, 12, 15, 16, 17, 31, 33, 64, 255, 4096, 32767, 32768, 60000, 65534, 65535)
NUMBERS = (
    "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel",
    "NumberOfFrames", "LUTDescriptor", "PixelPaddingValue", "PixelPaddingRangeLimit", "PhotometricInterpretation",
    "WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept", "VOILUTFunction", "ImagerPixelSpacing",
)  # fmt: skip
LENGTHS = (0, 1, 3, 255, 0x7FFF, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
TEXTS = (b"\0\0", b"1e999 ", b"nan ", b"-1", b"0 ", b"\\\\", b"\xff\xfe", b"A" * 64, b"../../x ", b"9" * 40)


@dataclass(frozen=True)
class Base:
    """A valid file: its bytes, and where the values of its elements lie."""

    content: bytes
    places: tuple[int, ...] = field(repr=False)
    pixels: int


def _table() -> pydicom.Dataset:
    item = of(LUTDescriptor=[64, 0, 8], LUTExplanation="NORMAL", LUTData=np.arange(64, dtype="<u2").tobytes())
    item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "OW"
    return item


LE = {**SALLY, "PixelPaddingValue": 0, "PixelPaddingRangeLimit": 20, "NumberOfFrames": "1"}
ODD = {
    **SALLY, "VOILUTSequence": [_table()], "PhotometricInterpretation": "MONOCHROME1", "WindowCenter": [9, 7],
    "WindowWidth": [20, 5], "VOILUTFunction": "SIGMOID", "WindowCenterWidthExplanation": ["A", "B"],
}  # fmt: skip


def _base(content: bytes) -> Base:
    found = pydicom.dcmread(io.BytesIO(content))
    raw = [*found._dict.values(), *(i for i in found.file_meta._dict.values())]
    places = [getattr(e, "value_tell", None) or getattr(e, "file_tell", None) for e in raw]
    tell = found.get_item("PixelData")
    start = getattr(tell, "value_tell", 0) or len(content) // 2
    known = tuple(sorted(p for p in places if isinstance(p, int) and 12 < p < len(content)))
    return Base(content, known or (144,), min(start, len(content) - 1))


def bases(size=32) -> list[Base]:
    """One file of each transfer syntax, and some in plain syntaxes with every way to be shown."""
    shape = {"rows": size, "columns": size - 1}
    made = [
        file_in(syntax, breast(_bits(syntax), **shape), _bits(syntax), **LE) for syntax in (*PLAIN, *LOSSLESS, *LOSSY)
    ]
    made += [file_in(syntax, breast(12, **shape, signed=True), **ODD) for syntax in PLAIN]
    return [_base(content) for content in made]


def exam(size=72) -> list[Base]:
    """LE and DES of one view, large enough to be registered and enhanced."""
    return [
        _base(file_bytes(dataset(breast(12, size, size), image=image_of(energy, Side.LEFT, View.CC), **SALLY)))
        for energy in (Energy.LE, Energy.DES)
    ]


def _bits(syntax) -> int:
    return 8 if "Baseline" in syntax.name else 12


SHARE = st.floats(0, 1, exclude_max=True)
BYTES = st.one_of(
    st.binary(min_size=1, max_size=8), st.sampled_from([b"\0" * 4, b"\xff" * 4, b"\xff\xd8", b"\xff\xd9"])
)
MUTATION = st.one_of(
    st.tuples(st.just("flip"), SHARE, BYTES),
    st.tuples(st.just("flip in pixels"), SHARE, BYTES),
    st.tuples(st.just("flip in code head"), st.integers(0, 90), BYTES),
    st.tuples(st.just("cut"), SHARE, st.none()),
    st.tuples(st.just("cut out"), SHARE, st.integers(1, 300)),
    st.tuples(st.just("insert"), SHARE, BYTES),
    st.tuples(st.just("repeat"), SHARE, st.integers(1, 400)),
    st.tuples(st.just("length"), SHARE, st.sampled_from(LENGTHS)),
    st.tuples(
        st.just("type"), SHARE, st.sampled_from([b"SQ", b"UN", b"OB", b"OW", b"US", b"DS", b"UI", b"\0\0", b"AT"])
    ),
    st.tuples(st.just("tag"), SHARE, st.binary(min_size=4, max_size=4)),
    st.tuples(st.just("text"), SHARE, st.sampled_from(TEXTS)),
    st.tuples(st.just("number"), st.sampled_from(NUMBERS), st.sampled_from(ABSURD)),
    st.tuples(st.just("number"), st.sampled_from(NUMBERS[:9]), st.sampled_from(ABSURD)),
    st.tuples(st.just("syntax"), st.sampled_from(sorted(AllTransferSyntaxes)), st.none()),
    st.tuples(st.just("nest"), SHARE, st.sampled_from([1, 20, 400, 3000])),
)
MUTATIONS = st.lists(MUTATION, min_size=1, max_size=2)


def mutated(base: Base, mutations) -> bytes:
    """The file with these mutations, one after the other."""
    content = base.content
    for what, where, value in mutations:
        content = _OF[what](base, content, where, value)
    return content


def _over(content: bytes, place: int, value: bytes) -> bytes:
    place = max(0, min(place, len(content)))
    return content[:place] + value + content[place + len(value) :]


def _element(base: Base, share: float) -> int:
    return base.places[int(share * len(base.places))]


def _length(base, content, share, value):
    place = _element(base, share)
    size = 2 if value <= 0xFFFF else 4
    return _over(content, place - size, value.to_bytes(size, "little"))


def _number(base, content, keyword, value):
    tag = pydicom.datadict.tag_for_keyword(keyword)
    for order in ("little", "big"):
        mark = (tag >> 16).to_bytes(2, order) + (tag & 0xFFFF).to_bytes(2, order)
        place = content.find(mark, 132)
        if place >= 0:
            return _over(content, place + 8, value.to_bytes(2, order))
    return content


def _syntax(base, content, uid, _):
    place = content.find(b"\x02\x00\x10\x00UI")
    if place < 0:
        return content
    old = int.from_bytes(content[place + 6 : place + 8], "little")
    new = uid.encode() + b"\0" * (len(uid) % 2)
    return content[: place + 6] + len(new).to_bytes(2, "little") + new + content[place + 8 + old :]


def _nest(base, content, share, depth):
    """Sequences within sequences, none of which ends."""
    place = _element(base, share) - 8
    one = b"\x08\x00\x15\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    return content[:place] + one * depth + content[place:]


def _at(content: bytes, share: float) -> int:
    return int(share * len(content))


_OF = {
    "flip": lambda base, c, share, value: _over(c, _at(c, share), value),
    "flip in pixels": lambda b, c, share, value: _over(c, b.pixels + int(share * max(1, len(c) - b.pixels)), value),
    "flip in code head": lambda base, c, place, value: _over(c, base.pixels + place, value),
    "cut": lambda base, c, share, _: c[: _at(c, share)],
    "cut out": lambda base, c, share, size: c[: _at(c, share)] + c[_at(c, share) + size :],
    "insert": lambda base, c, share, value: c[: _at(c, share)] + value + c[_at(c, share) :],
    "repeat": lambda base, c, share, size: c[: _at(c, share) + size] + c[_at(c, share) :],
    "length": _length,
    "type": lambda base, c, share, value: _over(c, _element(base, share) - 4, value),
    "tag": lambda base, c, share, value: _over(c, _element(base, share) - 8, value),
    "text": lambda base, c, share, value: _over(c, _element(base, share), value),
    "number": _number,
    "syntax": _syntax,
    "nest": _nest,
}  # fmt: skip
