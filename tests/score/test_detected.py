import numpy as np
import pytest
import torch

from hidden_lesions import hidden_store
from vcem.score.detected import dice, judged
from vcem.score.sought import Find, sought_of

WHO = {"detector": "le", "images": "des", "fold": 2}


@pytest.fixture
def store(tmp_path):
    return hidden_store(tmp_path / "prepared")


def rows_of(store, predict, pairs=None):
    pairs = [p.pair for p in store.pairs[:3]] if pairs is None else pairs
    return judged(predict, store.lesion.astype(np.float32), store, pairs, sought_of(store, Find.OUTLINED), WHO)


def test_a_map_that_is_the_outlines_finds_every_lesion_and_nothing_else(store):
    tables = rows_of(store, lambda x, mask: x)
    assert [(r["lesions"], r["dice"]) for r in tables["images"]] == [(1, 1.0)] * 3
    assert [r["lesion"] for r in tables["marks"]] == [1, 1, 1]
    assert [r["sought"] for r in tables["lesions"]] == [True] * 3
    assert [r["rating"] for r in tables["marks"]] == pytest.approx([r["rating"] for r in tables["lesions"]])
    assert all(WHO.items() <= r.items() for rows in tables.values() for r in rows)
    assert tables["marks"][0]["patient"] == "P1"


def test_a_flat_map_marks_nothing(store):
    tables = rows_of(store, lambda x, mask: 0.4 * mask)
    assert tables["marks"] == []
    assert {r["dice"] for r in tables["images"]} == {0.0}


def test_light_elsewhere_is_false(store):
    def elsewhere(x, mask):
        place = torch.zeros_like(x)
        row = 28 if x[0, 0, :16].sum() > x[0, 0, 16:].sum() else 4
        place[..., row - 2 : row + 2, 0:4] = 1
        return place * mask

    assert {r["lesion"] for r in rows_of(store, elsewhere)["marks"]} == {None}


def test_dice_leaves_out_what_nobody_can_judge():
    labels, mask = np.zeros((4, 4), np.uint8), np.ones((4, 4), bool)
    labels[0], labels[1] = 1, 255
    found = np.zeros((4, 4))
    found[:2] = 1
    assert dice(found, labels, mask) == 1
    found[2] = 1
    assert dice(found, labels, mask) == pytest.approx(2 * 4 / (8 + 4))
