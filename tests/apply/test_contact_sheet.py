import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor

from toy_dicom import write
from vcem.apply.contact_sheet import COLOURS, FRAME_PX, TALLEST_PX, captions_of, draw, marks_of, to_png
from vcem.apply.exam import DES, LE, VIRTUAL, Exam, Row, Shown, read_exam
from vcem.core.terms import Energy, Side, View
from vcem.dicom.vendors import read_rules

ORANGE, BLUE = (ImageColor.getrgb(COLOURS[mark]) for mark in ("SYNTHETIC", "SIMULATED"))


def shown(path=Path("a"), kind=LE, origin="clinical", **changes):
    facts = {"window": "2048/4096", "rows": 120, "columns": 80, "spacing_mm": (1.6, 1.6), "uid": "1.2"} | changes
    return Shown(path, kind, Side.LEFT, View.CC, origin, **facts)


def of(*several):
    images = {one.column: one for one in several}
    return draw(Exam((Row("P1", "1.2", Side.LEFT, View.CC, "", images),), tuple(images), ()))


def count(picture, colour):
    return int((np.asarray(picture) == colour).all(-1).sum())


@pytest.mark.parametrize(("kind", "origin", "marks"), [
    (LE, "clinical", []), (DES, "simulated", ["SIMULATED"]), (VIRTUAL, "clinical", ["SYNTHETIC"]),
    (VIRTUAL, "simulated", ["SYNTHETIC", "SIMULATED"]), (VIRTUAL, "not given", ["SYNTHETIC"]),
])  # fmt: skip
def test_marks(tmp_path, kind, origin, marks):
    one = shown(write(tmp_path / "a"), kind, origin, model="toy")
    assert marks_of(one) == marks
    picture = of(one).cells[0][one.column].picture
    assert (count(picture, ORANGE) > 500) == ("SYNTHETIC" in marks)
    assert (count(picture, BLUE) > 500) == ("SIMULATED" in marks)


def test_what_a_network_drew_is_framed_without_covering_the_chest_wall(tmp_path):
    path = write(tmp_path / "a")
    real, virtual = shown(path), shown(path, VIRTUAL, model="toy")
    cells = of(real, virtual).cells[0]
    pictures = [np.asarray(cells[one.column].picture) for one in (real, virtual)]
    assert (pictures[1][[0, -1]] == ORANGE).all()
    middle = slice(TALLEST_PX // 2, TALLEST_PX // 2 + 5)
    inside = [picture[middle, FRAME_PX : FRAME_PX + 50] for picture in pictures]
    np.testing.assert_array_equal(*inside)
    assert inside[0].max() > 60


def test_equal_millimetres_are_equal_pixels(tmp_path):
    path = write(tmp_path / "a")
    large, small = shown(path), shown(path, DES, spacing_mm=(0.8, 0.8))
    sheet = of(large, small)
    sizes = [sheet.cells[0][one.column].picture.size for one in (large, small)]
    inner = [tuple(side - 2 * FRAME_PX for side in size) for size in sizes]
    assert inner == [(293, TALLEST_PX), (147, TALLEST_PX // 2)]
    assert sheet.mm_per_px == pytest.approx(120 * 1.6 / TALLEST_PX)


def test_a_wrong_spacing_makes_no_huge_picture(tmp_path):
    path = write(tmp_path / "a")
    sheet = of(shown(path), shown(path, DES, spacing_mm=(1.6, 1e6)), shown(path, VIRTUAL, spacing_mm=None))
    assert max(max(cell.picture.size) for cell in sheet.cells[0].values()) <= 2 * TALLEST_PX + 2 * FRAME_PX


def test_grey_is_what_the_window_shows(tmp_path):
    """The disc of the toy has grey 1800 of 4096 and more, air 0."""
    picture = np.asarray(of(shown(write(tmp_path / "a"))).cells[0][LE].picture)
    assert 90 < np.median(picture[200:240, 20:100]) < 140
    assert picture[-20:-5, -50:-5].max() < 5


def test_captions_say_what_it_is():
    text = "\n".join(captions_of(shown(kind=VIRTUAL, origin="simulated", model="toy", spacing_mm=None)))
    for words in ("L CC", VIRTUAL, "120 x 80", "not to scale", "2048/4096", "simulated", "network"):
        assert words in text


def test_a_damaged_image_leaves_a_gap_and_a_reason(tmp_path):
    whole, cut = write(tmp_path / "a"), write(tmp_path / "b", Energy.DES)
    cut.write_bytes(cut.read_bytes()[:-5000])
    sheet = draw(read_exam([tmp_path], read_rules()))
    assert [s.what for s in sheet.unread] == [str(cut)]
    assert sheet.cells[0][DES].picture is None
    assert sheet.cells[0][LE].picture is not None
    assert Image.open(io.BytesIO(to_png(sheet))).size[0] > 500
    assert whole.exists()


def test_the_same_images_give_the_same_bytes(tmp_path):
    for energy in Energy:
        write(tmp_path / energy, energy)
    first, second = (to_png(draw(read_exam([tmp_path], read_rules()))) for _ in range(2))
    assert first == second
