import numpy as np
import pytest
from PIL import Image

from vcem.core.errors import FailureError
from vcem.core.pictures import full_scale, read_picture, write_png


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
