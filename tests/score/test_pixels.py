import numpy as np
import pytest
from PIL import Image

from vcem.core.errors import FailureError, UsageError
from vcem.core.pictures import write_png
from vcem.score.pixels import read_mask, read_pixels, same_size

GREY = np.linspace(0, 1, 12 * 14).reshape(12, 14)


@pytest.mark.parametrize(("bits", "scale"), [(8, "uint8 / 255"), (16, "uint16 / 65535")])
def test_png_is_divided_by_what_its_type_holds(tmp_path, bits, scale):
    write_png(tmp_path / "a.png", GREY, bits)
    read = read_pixels(tmp_path / "a.png")
    assert read.scale == scale
    assert np.abs(read.grey - GREY).max() <= 0.5 / (2**bits - 1) + 1e-12


def test_jpeg_is_read(tmp_path):
    Image.fromarray((GREY * 255).astype(np.uint8)).save(tmp_path / "a.jpg", quality=95)
    assert np.abs(read_pixels(tmp_path / "a.jpg").grey - GREY).mean() < 0.02


def test_a_given_range_replaces_the_types(tmp_path):
    np.save(tmp_path / "a.npy", (GREY * 4095).round().astype(np.uint16))
    read = read_pixels(tmp_path / "a.npy", 4095)
    assert read.scale == "uint16 / 4095"
    assert np.abs(read.grey - GREY).max() < 2e-4


@pytest.mark.parametrize(
    ("kind", "scale"), [("float16", "float16 / 1"), ("float32", "float32 / 1"), ("float64", "float64 / 1")]
)
def test_floats_in_zero_to_one_are_taken_as_they_are(tmp_path, kind, scale):
    np.save(tmp_path / "a.npy", GREY[None].astype(kind))
    read = read_pixels(tmp_path / "a.npy")
    assert (read.scale, read.grey.dtype, read.grey.shape) == (scale, np.float64, GREY.shape)


def test_floats_beyond_need_a_range(tmp_path):
    np.save(tmp_path / "a.npy", GREY * 255)
    with pytest.raises(UsageError, match=r"from 0 to 255(.|\n)*--data-range"):
        read_pixels(tmp_path / "a.npy")
    assert np.allclose(read_pixels(tmp_path / "a.npy", 255).grey, GREY)


def test_what_is_no_image_is_one_clear_error(tmp_path):
    write_png(tmp_path / "whole.png", GREY)
    content = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(content[: len(content) // 2])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "text.npy").write_text("no array")
    (tmp_path / "text.dcm").write_text("no dicom")
    np.save(tmp_path / "volume.npy", np.zeros((3, 8, 8)))
    np.save(tmp_path / "names.npy", np.full((8, 8), "a"))
    np.save(tmp_path / "hole.npy", np.full((8, 8), np.nan))
    for name in ("cut.png", "text.png", "text.npy", "text.dcm", "volume.npy", "names.npy", "hole.npy"):
        with pytest.raises(FailureError, match=name):
            read_pixels(tmp_path / name)
    with pytest.raises(UsageError, match="not a file"):
        read_pixels(tmp_path / "none.png")


@pytest.mark.parametrize("name", ["m.png", "m.npy"])
def test_a_mask_is_what_is_not_zero(tmp_path, name):
    mask = GREY > 0.5
    if name.endswith("png"):
        write_png(tmp_path / name, mask * (1 / 255))
    else:
        np.save(tmp_path / name, mask)
    assert np.array_equal(read_mask(tmp_path / name, (12, 14)), mask)


def test_sizes_must_agree(tmp_path):
    write_png(tmp_path / "m.png", GREY)
    with pytest.raises(UsageError, match="12 x 14 pixels, the images 14 x 12 pixels"):
        read_mask(tmp_path / "m.png", (14, 12))
    with pytest.raises(UsageError, match="does not resize"):
        same_size(GREY, GREY[:, :-1])


@pytest.mark.parametrize("kind", ["i2", "i4", "i8", "u4", "u8"])
def test_integers_whose_type_tells_no_white_need_a_range(tmp_path, kind):
    np.save(tmp_path / "a.npy", (GREY * 4095).round().astype(kind))
    with pytest.raises(UsageError, match=r"from 0 to 4095(.|\n)*--data-range 4095"):
        read_pixels(tmp_path / "a.npy")
    assert np.abs(read_pixels(tmp_path / "a.npy", 4095).grey - GREY).max() < 2e-4


@pytest.mark.parametrize(("kind", "data_range"), [("f4", None), ("i4", 400000.0)])
def test_one_image_scores_the_same_as_tiff_and_as_npy(tmp_path, kind, data_range):
    values = (GREY * (data_range or 1)).astype(kind)
    np.save(tmp_path / "a.npy", values)
    Image.fromarray(values).save(tmp_path / "a.tif")
    one, other = (read_pixels(tmp_path / name, data_range).grey for name in ("a.npy", "a.tif"))
    assert np.array_equal(one, other)
    assert one.max() == 1


@pytest.mark.parametrize("made", [GREY * 1j, np.dstack([GREY] * 3), GREY.astype("S4"), GREY * np.nan, GREY[:0]])
def test_arrays_that_are_no_grey_image_are_refused(tmp_path, made):
    np.save(tmp_path / "a.npy", made)
    for read in (read_pixels, lambda path: read_mask(path, GREY.shape)):
        with pytest.raises(FailureError, match=r"a\.npy holds"):
            read(tmp_path / "a.npy")
