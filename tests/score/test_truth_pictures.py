import numpy as np
import pytest
from PIL import Image

from breasts import blob
from simulated import simulated_store
from vcem.folders.truth import read_facts
from vcem.score.truth_pictures import (
    INVENTED,
    LEAST_PX,
    LIT,
    MISSED,
    false_places,
    outlined,
    uptakes,
    write_truth_case,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return simulated_store(tmp_path_factory.mktemp("pictures"), patients=2)


def lit_row(store):
    return next(i for i in range(len(store.pairs)) if store.iodine[i].max() > 1)


def rgb(colour):
    return np.array(Image.new("RGB", (1, 1), colour).getpixel((0, 0)))


def has(pixels, colour):
    return bool((pixels == rgb(colour)).all(axis=2).any())


def test_a_case_has_le_iodine_des_and_every_method(store, tmp_path):
    row = lit_row(store)
    dark = np.where(store.mask[row], 0.25, 0).astype(np.float32)
    write_truth_case(store, store.pairs[row].pair, {"m": dark, "des2": np.array(store.y[row])}, tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"le.png", "iodine.png", "des.png", "m.png", "des2.png"}
    pictures = {p.stem: np.array(Image.open(p)) for p in tmp_path.iterdir()}
    assert all(p.shape[0] >= LEAST_PX for p in pictures.values())
    assert has(pictures["le"], LIT)
    assert has(pictures["m"], MISSED)
    assert not has(pictures["des2"], MISSED)


def test_a_dark_prediction_misses_and_a_light_elsewhere_is_circled(store):
    row, facts = lit_row(store), read_facts(store.folder)
    y_hat = np.where(store.mask[row], 0.25, 0).astype(np.float32)
    assert [u.missed for u in uptakes(store, facts, row, y_hat)] == [True]
    wall = 6 if store.pairs[row].side == "L" else store.size.columns - 7
    y_hat = np.maximum(y_hat, 0.9 * blob(store.size.rows, 14, wall, 3) * store.mask[row])
    [(r, c, radius)] = false_places(store, facts, row, y_hat, uptakes(store, facts, row, y_hat))
    assert abs(r - 14) <= 3
    assert abs(c - wall) <= 3
    assert radius == pytest.approx(5 / 3.125)


def test_letters_and_circles_are_drawn_in_their_colours():
    grey, labels = np.full((48, 48), 0.3), blob(48, 24, 12, 5).astype(np.uint8)
    plain = outlined(grey, labels, {}, {}, [])
    assert plain.std() == 0
    drawn = outlined(grey, labels, {1: MISSED}, {1: "M"}, [(10, 40, 3.0)])
    assert has(drawn, MISSED)
    assert has(drawn, INVENTED)
    inside = drawn[24 * 8, 12 * 8]
    assert np.array_equal(inside, plain[0, 0]), "an outline covers no lesion"
