import io

import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRBigEndian

from encoded_dicom import dataset, file_in
from look_up_table import table
from vcem.dicom.presentation import linear_values, padding_range, shown, straight_line, views

STORED = np.arange(4096, dtype=np.uint16).reshape(64, 64)
NO_WINDOW = {"WindowCenter": None, "WindowWidth": None}


def header(stored=STORED, **tags):
    return dataset(stored, **{"VOILUTFunction": None, **tags})


SEVERAL = {
    "WindowCenter": [1000, 2000, 3000], "WindowWidth": [801, 401, 801],
    "WindowCenterWidthExplanation": ["NORMAL", "HARDER", "SOFTER"],
}  # fmt: skip


@pytest.mark.parametrize(("which", "centre", "width"), [(0, 1000, 801), (1, 2000, 401), ("softer", 3000, 801)])
def test_another_window_is_chosen_by_place_or_name(which, centre, width):
    only = header(WindowCenter=centre, WindowWidth=width)
    assert np.array_equal(shown(header(**SEVERAL), STORED, which), shown(only, STORED))


@pytest.mark.parametrize("which", [3, -1, "HARDEST"])
def test_a_window_that_is_not_there_is_told_with_those_that_are(which):
    with pytest.raises(ValueError, match="0 NORMAL, 1 HARDER, 2 SOFTER"):
        shown(header(**SEVERAL), STORED, which)


def test_of_a_table_and_a_window_the_table_is_first():
    both = header(**SEVERAL, VOILUTSequence=[table(np.arange(256), explanation="CURVE")])
    assert [v.explanation for v in views(both)] == ["CURVE", "NORMAL", "HARDER", "SOFTER"]
    assert np.array_equal(shown(both, STORED), np.minimum(STORED, 255) / 255)
    assert np.array_equal(shown(both, STORED, "NORMAL"), shown(header(**SEVERAL), STORED))


@pytest.mark.parametrize("as_bytes", [True, False])
def test_values_beyond_a_table_take_its_ends(as_bytes):
    item = table([10, 20, 30], first=100, as_bytes=as_bytes)
    grey = shown(header(VOILUTSequence=[item]), np.array([[0, 100], [101, 4000]], np.uint16))
    assert np.allclose(grey, np.array([[10, 10], [20, 30]]) / 255)


def test_a_table_of_65536_entries_says_0():
    stored = np.array([[0, 65535]], np.uint16)
    item = table(np.arange(65536), bits=16)
    assert item.LUTDescriptor[0] == 0
    assert shown(dataset(stored, 16, VOILUTSequence=[item]), stored).tolist() == [[0, 1]]


def test_a_table_in_bytes():
    item = table([0] * 4)
    item.LUTDescriptor, item.LUTData = [5, 0, 8], bytes([0, 50, 100, 200, 255, 0])
    stored = np.array([[0, 1], [3, 9]], np.uint16)
    assert np.allclose(shown(header(VOILUTSequence=[item]), stored) * 255, [[0, 50], [200, 255]])


def test_a_table_in_big_endian():
    item = table(np.arange(4096), bits=12)
    item.LUTData = np.arange(4096).astype(">u2").tobytes()
    content = file_in(ExplicitVRBigEndian, STORED, VOILUTSequence=[item])
    assert np.allclose(shown(pydicom.dcmread(io.BytesIO(content)), STORED), STORED / 4095)


def test_a_table_may_hold_more_than_its_bits_and_is_not_all_white():
    grey = shown(header(VOILUTSequence=[table(np.arange(4096), bits=8)]), STORED)
    assert np.allclose(grey, STORED / 4095)


def test_a_table_from_below_zero_in_signed_pixels():
    stored = np.array([[-3, -2], [-1, 5]], np.int16)
    item = table([0, 100, 255], first=65534)  # -2 as an unsigned number
    grey = shown(dataset(stored, VOILUTSequence=[item]), stored)
    assert np.allclose(grey * 255, [[0, 0], [100, 255]])


@pytest.mark.parametrize(("entries", "bits"), [(9, 8), (0, 8), (3, 0), (3, 17), (3, 65535)])
def test_a_table_that_lies_about_itself_is_refused(entries, bits):
    item = table([1, 2, 3])
    item.LUTDescriptor = [entries, 0, bits]
    with pytest.raises(ValueError, match="a table of 3 entries"):
        shown(header(VOILUTSequence=[item]), STORED)


def test_a_modality_table_comes_first():
    modality = table(np.arange(4096)[::-1], bits=12)
    found = shown(header(ModalityLUTSequence=[modality], WindowCenter=2048, WindowWidth=4096), STORED)
    assert np.allclose(found, 1 - STORED / 4095)
    with pytest.raises(ValueError, match="not a straight line"):
        straight_line(header(ModalityLUTSequence=[modality]))


@pytest.mark.parametrize("tags", [
    {"RescaleSlope": 0}, {"RescaleSlope": "1e300", "RescaleIntercept": 0}, {"WindowWidth": 0}, {"WindowWidth": -5},
    {"WindowCenter": "1e300"}, {"VOILUTFunction": "CUBIC"},
])  # fmt: skip
def test_impossible_numbers_are_refused(tags):
    with pytest.raises(ValueError, match=r"impossible|not one of the standard's"):
        shown(header(**tags), STORED)


def test_a_steep_curve_has_no_overflow():
    grey = shown(header(VOILUTFunction="SIGMOID", WindowCenter=2000, WindowWidth=0.1), STORED)
    assert set(np.unique(grey.round(12))) == {0.0, 0.5, 1.0}


@pytest.mark.parametrize("tags", [{}, NO_WINDOW, {"PhotometricInterpretation": "MONOCHROME1"},
                                  {"PixelPaddingValue": 7}, {"VOILUTFunction": "SIGMOID"}])  # fmt: skip
def test_a_large_image_is_shown_as_its_parts(tags):
    stored = np.random.default_rng(0).integers(0, 4096, (300, 300)).astype(np.uint16)
    made = header(stored, **tags)
    assert np.array_equal(shown(made, stored)[:50, :50], shown(made, stored[:50, :50]))
    signed = stored.astype(np.int16) - 2000
    made = header(signed, **tags)
    assert np.array_equal(shown(made, signed)[:50, :50], shown(made, signed[:50, :50]))


def test_without_padding_attributes_nothing_is_padding():
    assert padding_range(header()) is None


@pytest.mark.parametrize(("limit", "dark"), [(None, [0]), (658, range(659))])
def test_padding_is_the_least_grey_and_what_lies_beside_its_range_is_not(limit, dark):
    found = shown(
        header(**NO_WINDOW, PixelPaddingValue=0, **({"PixelPaddingRangeLimit": limit} if limit else {})), STORED
    )
    assert (found[np.isin(STORED, list(dark))] == 0).all()
    rest = ~np.isin(STORED, list(dark))
    assert np.allclose(found[rest], STORED[rest] / 4095)


def test_padding_of_inverted_images_runs_down_from_its_value():
    """PS3.3 C.7.5.1.1.2: the limit lies below the value in MONOCHROME1, where great values are dark."""
    tags = {"PhotometricInterpretation": "MONOCHROME1", "PixelPaddingValue": 4095, "PixelPaddingRangeLimit": 4000}
    found = shown(header(**NO_WINDOW, **tags), STORED)
    assert (found[STORED >= 4000] == 0).all()
    assert np.allclose(found[STORED < 4000], 1 - STORED[STORED < 4000] / 4095)


def test_white_padding_is_black_nevertheless():
    found = shown(header(**NO_WINDOW, PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=0), STORED)
    assert found[0, 0] == 0
    assert found[0, 1] > 0.99


def test_padding_of_signed_pixels_may_be_written_without_sign():
    stored = np.array([[-2000, 5]], np.int16)
    made = dataset(stored, PixelPaddingValue=63536)
    assert padding_range(made) == (-2000, -2000)
    assert shown(made, stored)[0, 0] == 0


def test_a_line_that_padding_leaves_is_none():
    dark = header(WindowCenter=2048, WindowWidth=2000, PixelPaddingValue=0, PixelPaddingRangeLimit=658)
    assert straight_line(dark)[0] > 658
    with pytest.raises(ValueError, match="padding"):
        straight_line(header(PixelPaddingValue=0, PixelPaddingRangeLimit=658))


@pytest.mark.needs("shared")
@pytest.mark.parametrize("which", ["NORMAL", "HARDER", "SOFTER"])
def test_a_makers_tables_are_its_sigmoid_windows(shared, which):
    """GE writes each of its three views twice, so its tables check the SIGMOID function."""
    made = pydicom.dcmread(shared / "mg-dicom" / "MG-Im-GE_Seno_1_ForPresentation.dcm")
    by_table = shown(made, STORED, which)
    del made.VOILUTSequence
    assert np.abs(by_table - shown(made, STORED, which)).max() < 2e-4
    assert not np.allclose(by_table, shown(made, STORED, "NORMAL" if which != "NORMAL" else "SOFTER"))


@pytest.mark.parametrize("signed_word", [65536 - 100, -100])
def test_a_table_from_below_zero_in_unsigned_pixels_that_rescale_makes_negative(signed_word):
    item = table(np.arange(4096), first=0, bits=12)
    item["LUTDescriptor"].VR = "US" if signed_word > 0 else "SS"
    item.LUTDescriptor = [4096, signed_word, 12]
    made = header(RescaleSlope=1, RescaleIntercept=-100, VOILUTSequence=[item])
    assert np.allclose(shown(made, STORED), STORED / 4095)


def test_a_table_beside_all_values_is_refused_not_white():
    with pytest.raises(ValueError, match="lies beside all values"):
        shown(header(VOILUTSequence=[table(np.arange(4096), first=65436, bits=12)]), STORED)


@pytest.mark.parametrize(("bits", "held"), [(16, 12), (16, 14), (14, 12)])
def test_a_table_that_tells_more_bits_than_it_holds_is_refused_not_dark(bits, held):
    item = table(np.arange(2**held)[-4096:], bits=bits)
    with pytest.raises(ValueError, match=f"said to have {bits} bits and holds {held}"):
        shown(header(VOILUTSequence=[item]), STORED)
    with pytest.raises(ValueError, match=f"said to have {bits} bits and holds {held}"):
        shown(header(ModalityLUTSequence=[item]), STORED)


@pytest.mark.parametrize(
    "tags", [{"PixelPaddingValue": 65535}, {"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 5000}]
)
def test_padding_that_the_stored_bits_cannot_hold_is_refused(tags):
    with pytest.raises(ValueError, match="does not fit its 12 bits stored"):
        shown(header(**tags), STORED)


def test_padding_of_16_bits_is_not_cut_down_to_pixels_of_8():
    stored = np.array([[0, 255]], np.uint8)
    with pytest.raises(ValueError, match="Pixel Padding Value 65535 does not fit its 8 bits stored"):
        shown(dataset(stored, 8, PixelPaddingValue=65535), stored)


def spread(values):
    return (values - values.min()) / (values.max() - values.min())


@pytest.mark.parametrize("tags", [
    {}, {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"},
    {"RescaleSlope": -2, "RescaleIntercept": 9000}, {"RescaleSlope": 0.5, "RescaleIntercept": -70},
    {"ModalityLUTSequence": [table(np.arange(4096) * 16, bits=16)]},
    {"ModalityLUTSequence": [table(np.arange(4096)[::-1] * 16, bits=16)], "PhotometricInterpretation": "MONOCHROME1"},
    {"PhotometricInterpretation": "MONOCHROME1", "RescaleSlope": -1, "RescaleIntercept": 0},
])  # fmt: skip
def test_linear_values_are_brighter_where_they_are_higher_as_a_viewer_shows_them(tags):
    made = header(**{**NO_WINDOW, **tags})
    assert np.allclose(spread(linear_values(made, STORED)), spread(shown(made, STORED)))


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_padding_is_as_dark_as_the_darkest_pixel_in_linear_values(photometric):
    white = 0 if photometric == "MONOCHROME1" else 4095
    found = linear_values(header(PhotometricInterpretation=photometric, PixelPaddingValue=white), STORED)
    assert found[white == STORED].item() == found[white != STORED].min()
    assert found.max() < 4095
