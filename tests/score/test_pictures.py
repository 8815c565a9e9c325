import numpy as np
import pytest
from PIL import Image

from vcem.core.terms import Protocol
from vcem.score.pictures import FULL_ERROR, WHITE, error_colours, frame_of, shown, write_case


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize("protocol", Protocol)
def test_a_case_has_a_picture_of_each_kind_on_one_grey_scale(toy_store_of, tmp_path, protocol):
    store = toy_store_of(protocol=protocol.value)
    methods = {"pix2pix": np.array(store.y[3]), "reference-le": np.array(store.x[3])}
    write_case(store, store.pairs[3].pair, methods, tmp_path / "case")
    names = {p.name for p in (tmp_path / "case").iterdir()}
    assert names == {"le.png", "des.png", *(f"{m}{e}.png" for m in methods for e in ("", "-error"))}
    assert np.array_equal(pixels(tmp_path / "case" / "pix2pix.png"), pixels(tmp_path / "case" / "des.png"))
    assert np.array_equal(pixels(tmp_path / "case" / "reference-le.png"), pixels(tmp_path / "case" / "le.png"))
    wanted = np.round(np.clip(shown(store, 3, store.y[3]) / WHITE[protocol], 0, 1) * 255)
    assert np.abs(pixels(tmp_path / "case" / "des.png") - wanted).max() <= 1
    perfect = pixels(tmp_path / "case" / "pix2pix-error.png")
    assert len(np.unique(perfect.reshape(-1, 3), axis=0)) == 1


def test_errors_are_red_where_too_bright_blue_where_too_dark_pale_where_none():
    y = np.full((1, 3), 0.5)
    bright, dark, none = error_colours(y, y + np.array([[FULL_ERROR, -FULL_ERROR, 0]]))[0].astype(int)
    assert bright[0] > bright[2] + 50
    assert dark[2] > dark[0] + 50
    assert none.min() > 240
    beyond = error_colours(y, y + np.array([[9.0, -9.0, 0]]))[0]
    assert np.array_equal(beyond, np.stack([bright, dark, none]))


def test_the_breast_and_a_little_air_are_shown():
    mask = np.zeros((20, 20), bool)
    mask[8:12, 0:5] = True
    assert np.zeros((20, 20))[frame_of(mask)].shape == (4 + 2 * 3, 5 + 3)
    assert np.zeros((20, 20))[frame_of(np.zeros_like(mask))].shape == (20, 20)
