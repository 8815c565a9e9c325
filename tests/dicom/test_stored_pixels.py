import io

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from encoded_dicom import LOSSLESS, LOSSY, PLAIN, breast, code, file_in
from toy_dicom import STUDY, image_of, pixels_of
from vcem.core.errors import FailureError
from vcem.dicom.stored_pixels import only_pixels
from vcem.dicom.stored_values import stored_values
from vcem.dicom.streams import coded
from vcem.dicom.write import dataset_of

WORDS = b"Anne Doe b. 5 Apr 67"
ALL = [*PLAIN, *LOSSLESS, *LOSSY]


def toy(**tags):
    dataset = dataset_of(pixels_of(), STUDY, image_of())
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    return dataset


def file_of(syntax, bits=12):
    """An image without white: errors of lossy white go beyond the stored bits."""
    return file_in(syntax, breast(bits, 200, 199) // 2 + 40, bits)


def opened(content):
    return pydicom.dcmread(io.BytesIO(content))


def cleaned(dataset):
    """Return the image as it would be released."""
    pixels, syntax = only_pixels(dataset)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData, dataset.HighBit = pixels, dataset.BitsStored - 1
    dataset["PixelData"].VR = "OB" if syntax.is_encapsulated else "OW"
    return dataset


def packed(dataset, *fragments):
    """Put these bytes in place of the fragments of the only frame."""
    head = b"\xfe\xff\x00\xe0\0\0\0\0"
    items = (b"\xfe\xff\x00\xe0" + len(f).to_bytes(4, "little") + f for f in fragments)
    dataset.PixelData = head + b"".join(items) + b"\xfe\xff\xdd\xe0\0\0\0\0"
    return dataset


@pytest.mark.parametrize("syntax", ALL, ids=lambda uid: uid.name)
def test_every_stored_value_stays_in_every_compression(syntax):
    bits = 8 if syntax == JPEGBaseline8Bit else 12
    before = stored_values(opened(file_of(syntax, bits)))
    made = cleaned(opened(file_of(syntax, bits)))
    assert np.array_equal(stored_values(made), before)
    assert made.file_meta.TransferSyntaxUID.is_encapsulated == (syntax.is_encapsulated and syntax != RLELossless)


@pytest.mark.parametrize("syntax", [*PLAIN, *LOSSLESS], ids=lambda uid: uid.name)
@pytest.mark.parametrize(("bits", "signed"), [(8, False), (12, True), (14, False), (16, False), (16, True)])
def test_signs_and_every_number_of_bits_stay(syntax, bits, signed):
    before = breast(bits, 200, 199, signed)
    if syntax == JPEG2000Lossless or "High" in syntax.name:
        signed = signed and syntax not in JPEG2000TransferSyntaxes
        before = breast(bits, 200, 199, signed)
    assert np.array_equal(stored_values(cleaned(opened(file_in(syntax, before, bits)))), before)


@pytest.mark.parametrize("columns", [40, 41])
def test_bytes_in_big_endian_words_are_not_swapped(columns):
    values = breast(8, 30, columns)
    dataset = opened(file_in(ExplicitVRBigEndian, values, 8))
    content = values.tobytes() + b"\0" * (values.size % 2)
    dataset.PixelData = np.frombuffer(content, "<u2").astype(">u2").tobytes()
    dataset["PixelData"].VR = "OW"
    assert np.array_equal(stored_values(cleaned(dataset)), values)


@pytest.mark.parametrize("syntax", [s for s in LOSSY if s != JPEGBaseline8Bit], ids=lambda uid: uid.name)
def test_a_lossy_stream_stays_bit_for_bit_and_gains_no_loss(syntax):
    stream = next(generate_frames(opened(file_of(syntax)).PixelData, number_of_frames=1))
    content, made = only_pixels(opened(file_of(syntax)))
    assert made == syntax
    kept = next(generate_frames(content, number_of_frames=1)).rstrip(b"\0")
    begin, end = coded(kept, syntax)
    assert end - begin > 0.8 * len(stream)
    assert kept[begin:end] in stream


ENCODERS = {
    JPEGLosslessSV1: lambda a: imagecodecs.ljpeg_encode(a, bitspersample=16),
    JPEGLSLossless: imagecodecs.jpegls_encode,
    JPEG2000Lossless: lambda a: imagecodecs.jpeg2k_encode(a, level=0, codecformat="j2k"),
    RLELossless: lambda a: code(RLELossless, a, 16),
}


@pytest.mark.parametrize("syntax", [*ENCODERS, ExplicitVRLittleEndian], ids=lambda uid: uid.name)
@pytest.mark.parametrize("bit", [12, 13, 15])
def test_an_overlay_in_unused_bits_goes_from_every_lossless_image(syntax, bit):
    values = pixels_of()
    drawn = values.copy()
    drawn[40:60, 10:30] |= np.uint16(1 << bit)
    if syntax == ExplicitVRLittleEndian:
        dataset = toy(PixelData=drawn.tobytes())
    else:
        dataset = toy(PixelData=encapsulate([ENCODERS[syntax](drawn)]))
        dataset.file_meta.TransferSyntaxUID = syntax
    made = cleaned(dataset)
    assert np.array_equal(stored_values(made), values)
    raw = only_pixels(made)[0]
    assert not made.file_meta.TransferSyntaxUID.is_encapsulated or raw == made.PixelData


def test_an_overlay_in_a_lossy_image_cannot_be_told_from_errors_of_white():
    drawn = pixels_of()
    drawn[40:60, 10:30] |= np.uint16(1 << 12)
    dataset = toy(PixelData=encapsulate([imagecodecs.jpegls_encode(drawn, level=2)]))
    dataset.file_meta.TransferSyntaxUID = next(s for s in LOSSY if "JPEG-LS" in s.name)
    with pytest.raises(FailureError, match="overlay"):
        only_pixels(dataset)


@pytest.mark.parametrize("signed", [False, True])
def test_unused_low_bits_go_too_and_signs_stay(signed):
    values = np.array([5, 7, 1024, 2047] if not signed else [-5, 7, -2048, 2047], np.int16)
    dataset = toy(Rows=2, Columns=2, PixelRepresentation=int(signed), HighBit=15,
                  PixelData=((values << 4) | 9).astype("<i2").tobytes())  # fmt: skip
    assert stored_values(cleaned(dataset)).ravel().tolist() == values.tolist()


@pytest.mark.parametrize("length", [1, 20, 5000])
def test_bytes_after_the_last_pixel_go(length):
    assert only_pixels(toy(PixelData=pixels_of().tobytes() + b"S" * length))[0] == pixels_of().tobytes()


def rle_gap(stream):
    starts = (int.from_bytes(stream[k : k + 4], "little") + len(WORDS) for k in (4, 8))
    return stream[:4] + b"".join(start.to_bytes(4, "little") for start in starts) + stream[12:64] + WORDS + stream[64:]


HIDDEN = {
    "behind the end": lambda s: [s + WORDS],
    "a further fragment": lambda s: [s, WORDS],
    "in the middle of two fragments": lambda s: [s[:101], s[101:], WORDS],
}


@pytest.mark.parametrize("syntax", [*LOSSLESS, *LOSSY], ids=lambda uid: uid.name)
@pytest.mark.parametrize("place", HIDDEN)
def test_words_beside_the_stream_go(syntax, place):
    bits = 8 if syntax == JPEGBaseline8Bit else 12
    dataset = opened(file_of(syntax, bits))
    before = stored_values(dataset)
    stream = next(generate_frames(dataset.PixelData, number_of_frames=1))
    made = cleaned(packed(dataset, *HIDDEN[place](stream)))
    assert WORDS not in made.PixelData
    assert np.array_equal(stored_values(made), before)


@pytest.mark.parametrize("syntax", [s for s in LOSSY if "JPEG 2000" not in s.name], ids=lambda uid: uid.name)
def test_words_within_the_coded_data_go_and_the_picture_stays(syntax):
    """Decoders stop at the last pixel and pass over what stands between it and the end marker."""
    bits = 8 if syntax == JPEGBaseline8Bit else 12
    for words in (WORDS, b"Doe!", b"12345678"):
        dataset = opened(file_of(syntax, bits))
        before = stored_values(dataset)
        stream = next(generate_frames(dataset.PixelData, number_of_frames=1)).rstrip(b"\0")
        try:
            made = cleaned(packed(dataset, stream[:-2] + words + stream[-2:]))
        except FailureError:
            continue  # its decoder is strict
        assert words not in made.PixelData
        assert np.array_equal(stored_values(made), before)


def test_gaps_and_unused_words_of_a_run_length_code_go():
    for change in (rle_gap, lambda s: s[:12] + WORDS.ljust(52) + s[64:], lambda s: s + WORDS):
        dataset = opened(file_of(RLELossless))
        before = stored_values(dataset)
        stream = next(generate_frames(dataset.PixelData, number_of_frames=1))
        made = cleaned(packed(dataset, change(stream)))
        assert WORDS not in made.PixelData
        assert np.array_equal(stored_values(made), before)


@pytest.mark.parametrize("tags", [{"Rows": 60000, "Columns": 60000}, {"Rows": 0}, {"BitsStored": 17}, {"HighBit": 3}])
def test_sizes_that_do_not_fit_are_refused_before_memory_is_taken(tags):
    with pytest.raises(FailureError):
        only_pixels(toy(**tags))
