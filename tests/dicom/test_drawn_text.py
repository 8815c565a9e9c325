import builtins

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from encoded_dicom import dataset
from vcem.core.errors import UsageError
from vcem.dicom import drawn_text
from vcem.dicom.drawn_text import STEP_PX, TILE_PX, has_drawn_text, is_marker, reader_name, tiles
from vcem.dicom.elements import file_bytes


def picture(text="", rows=300, columns=340, size=16, place=(20, 120), grey=4095):
    """Tissue of 12 bits with letters in it."""
    v, u = np.mgrid[:rows, :columns]
    values = np.where(np.hypot(u / columns, v / rows - 0.5) < 0.7, 900 + 100 * np.sin(u / 17) * np.cos(v / 23), 0)
    drawn = Image.new("L", (columns, rows))
    ImageDraw.Draw(drawn).text(place, text, fill=255, font=ImageFont.load_default(size))
    return np.where(np.asarray(drawn) > 127, grey, values).astype(np.uint16)


@pytest.mark.parametrize(
    "text", ["L", "R CC", "LCC", "R-MLO", "l mlo", "LMLO DES", "RCC LE", "left", "", ". -", "XCCL"]
)
def test_markers_of_side_and_view_are_no_text(text):
    assert is_marker(text)


@pytest.mark.parametrize("text", ["Doe", "L CC Doe", "4711", "05.04.1967", "Ng", "LCC 2", "李"])
def test_everything_else_is_text(text):
    assert not is_marker(text)


@pytest.mark.parametrize("shape", [(30, 40), (TILE_PX, TILE_PX), (TILE_PX + 1, 2 * TILE_PX), (4096, 3328)])
def test_every_pixel_is_looked_at_over_its_own_range(shape):
    values = np.zeros(shape, np.uint16)
    rng = np.random.default_rng(0)
    for _ in range(20):
        values[rng.integers(shape[0]), rng.integers(shape[1])] = 3
    values[-1, -1] = values[0, 0] = 3
    many = list(tiles(values))
    assert all(tile.dtype == np.uint8 and max(tile.shape) <= TILE_PX and tile.max() == 255 for tile in many)
    assert sum(int((tile == 255).sum()) for tile in many) >= (values == 3).sum()
    assert STEP_PX < TILE_PX
    assert not list(tiles(np.full(shape, 7)))


def test_an_image_has_text_if_any_part_of_it_has():
    content = file_bytes(dataset(picture()))
    assert not has_drawn_text(content, lambda _: ["L CC"])
    assert has_drawn_text(content, lambda _: ["L CC", "Doe"])


@pytest.mark.filterwarnings("ignore")  # of the OCR's own
@pytest.mark.parametrize(
    ("text", "found"), [("DOE JANE 05.04.1967", True), ("Kim 4711", True), ("R CC", False), ("", False)]
)
def test_the_ocr_reads_small_letters_and_passes_markers(text, found):
    assert has_drawn_text(file_bytes(dataset(picture(text)))) is found


@pytest.mark.filterwarnings("ignore")
def test_letters_that_no_window_shows_are_read():
    assert has_drawn_text(file_bytes(dataset(picture("Querfeld", place=(200, 5), grey=1000))))


@pytest.mark.filterwarnings("ignore")
def test_the_reader_has_a_name_with_a_version():
    assert reader_name().startswith("rapidocr 3")


def test_without_the_ocr_one_is_told_how_to_get_it(monkeypatch):
    whole = builtins.__import__

    def absent(name, *words):
        if name == "rapidocr":
            raise ImportError(name)
        return whole(name, *words)

    monkeypatch.setattr(builtins, "__import__", absent)
    drawn_text._engine.cache_clear()
    with pytest.raises(UsageError, match=r"vcem\[ocr\]"):
        reader_name()
    drawn_text._engine.cache_clear()
