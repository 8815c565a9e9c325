import struct

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from vcem.core.errors import FailureError
from vcem.core.pictures import full_scale, read_picture, read_samples, write_png


@pytest.mark.parametrize("bits", [8, 16])
def test_grey_survives_png(tmp_path, bits):
    grey = np.linspace(0, 1, 64).reshape(8, 8)
    write_png(tmp_path / "a.png", grey, bits)
    pixels = read_picture(tmp_path / "a.png")
    assert full_scale(pixels) == 2**bits - 1
    np.testing.assert_allclose(pixels / full_scale(pixels), grey, atol=0.51 / (2**bits - 1))


def test_values_outside_are_clipped_never_wrapped(tmp_path):
    write_png(tmp_path / "a.png", np.array([[-0.5, 1.5]]))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), [[0, 255]])


def test_grey_stored_as_colour_is_grey(tmp_path):
    Image.fromarray(np.full((4, 4, 3), 77, np.uint8)).save(tmp_path / "a.jpg")
    assert set(read_picture(tmp_path / "a.jpg").ravel()) == {77}


@pytest.mark.parametrize("content", [b"", b"not a picture", "cut"])
def test_what_is_no_whole_picture_is_told(tmp_path, content):
    path = tmp_path / "a.jpg"
    if content == "cut":
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)).save(path)
        content = path.read_bytes()[:900]
    path.write_bytes(content)
    with pytest.raises(FailureError, match=r"a\.jpg cannot be read as a picture"):
        read_picture(path)


VALUES = np.arange(64).reshape(8, 8)


def tiff(path, values, photometric=1):
    """A bare TIFF of one grey picture: Pillow itself writes few types."""
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    tags = [(256, 8), (257, 8), (258, values.dtype.itemsize * 8), (259, 1), (262, photometric), (273, 8), (277, 1),
            (278, 8), (279, values.nbytes), (339, kind)]  # fmt: skip
    content = struct.pack("<2sHI", b"II", 42, 8 + values.nbytes) + values.tobytes() + struct.pack("<H", len(tags))
    content += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags) + struct.pack("<I", 0)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "i4", "u4", "f4"])
def test_samples_are_the_very_values_of_every_type(tmp_path, kind):
    values = (VALUES * 1000 if kind != "u1" else VALUES).astype(kind)
    values = values - 30 if kind in ("i2", "i4", "f4") else values
    found = read_samples(tiff(tmp_path / "a.tif", values))
    assert np.array_equal(found, values)
    if kind not in ("u1", "u2"):
        with pytest.raises(FailureError, match=r"a\.tif holds (int32|float32) values"):
            read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("values", "photometric"),
    [(VALUES.astype("u2"), 0), (VALUES.astype("f4"), 0), (VALUES.astype("i1"), 1), (VALUES.astype("u4") + 2**31, 1)],
)
def test_what_would_be_read_otherwise_than_it_is_stored_is_refused(tmp_path, values, photometric):
    for read in (read_picture, read_samples):
        with pytest.raises(FailureError, match=r"a\.tif holds"):
            read(tiff(tmp_path / "a.tif", values, photometric))


def test_colours_of_16_bits_and_several_pictures_are_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(np.dstack([VALUES * 99] * 3).astype(np.uint16)))
    one = Image.fromarray(VALUES.astype(np.uint8))
    one.save(tmp_path / "b.tif", save_all=True, append_images=[one])
    for name, why in (("a.png", "colours of 16 bits"), ("b.tif", "2 pictures")):
        with pytest.raises(FailureError, match=why):
            read_picture(tmp_path / name)


def test_samples_have_no_colours_and_no_holes(tmp_path):
    grey, colour = np.dstack([VALUES] * 3).astype(np.uint8), np.dstack([VALUES, VALUES, 63 - VALUES]).astype(np.uint8)
    for name, picture in (("grey", grey), ("colour", colour), ("holes", np.dstack([grey, 200 + VALUES])),
                          ("opaque", np.dstack([grey, np.full((8, 8), 255)]))):  # fmt: skip
        Image.fromarray(picture.astype(np.uint8)).save(tmp_path / f"{name}.png")
    for name in ("grey", "opaque"):
        assert np.array_equal(read_samples(tmp_path / f"{name}.png"), VALUES)
    for name in ("colour", "holes"):
        with pytest.raises(FailureError, match="has colours or is not opaque"):
            read_samples(tmp_path / f"{name}.png")
