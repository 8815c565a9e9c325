import cv2
import numpy as np
import pytest
import torch
from scipy import ndimage

from vcem.core.seeds import rng_for
from vcem.data.augment import Augment, Draw, apply, draw

SIDE = 33  # odd, so that the centre is a pixel
CENTRE = SIDE // 2
PAPER = Augment(probability=0.297, shift=0.1, zoom=0.1, rotation_deg=15.0)
ALWAYS = Augment(probability=1.0, shift=0.1, zoom=0.1, rotation_deg=15.0)
DRAWS = [
    Draw(),
    Draw(shift_x=0.07, shift_y=-0.04),
    Draw(zoom=0.93),
    Draw(flip=True),
    Draw(rotation_deg=-11.0),
    Draw(0.1, 0.05, 1.08, True, 14.0),
]


def image_of(*images):
    return torch.tensor(np.stack(images)[:, None], dtype=torch.float32)


def smooth(seed, side=SIDE):
    grey = ndimage.gaussian_filter(rng_for(0, "augment", seed).uniform(size=(side, side)), 1.5)
    return (grey - grey.min()) / np.ptp(grey)


def changed(grey, drawn):
    images, _ = apply(image_of(grey), image_of(grey > 0.5), [drawn])
    return images[0, 0].numpy()


def forward(drawn, side=SIDE):
    """The map in pixels (x, y, 1), put together from its four parts in the order that §3.3 gives."""
    middle = (side - 1) / 2
    shift = np.array([[1, 0, drawn.shift_x * side], [0, 1, drawn.shift_y * side], [0, 0, 1]])
    zoom = np.vstack([cv2.getRotationMatrix2D((middle, middle), 0, drawn.zoom), [0, 0, 1]])
    flip = np.array([[-1, 0, side - 1], [0, 1, 0], [0, 0, 1]]) if drawn.flip else np.eye(3)
    turn = np.vstack([cv2.getRotationMatrix2D((middle, middle), drawn.rotation_deg, 1), [0, 0, 1]])
    return turn @ flip @ zoom @ shift


@pytest.mark.parametrize("drawn", DRAWS, ids=str)
def test_it_is_the_affine_map_of_scipy(drawn):
    inverse = np.linalg.inv(forward(drawn))[:2]
    rows_first, offset = inverse[::-1, 1::-1], inverse[::-1, 2]
    grey = smooth(1)
    expected = ndimage.affine_transform(grey, rows_first, offset, order=1, mode="grid-constant", cval=0)
    np.testing.assert_allclose(changed(grey, drawn), expected, atol=2e-5)


@pytest.mark.parametrize("drawn", DRAWS, ids=str)
def test_it_is_the_affine_map_of_opencv(drawn):
    grey = smooth(2, 64).astype(np.float32)
    expected = cv2.warpAffine(grey, forward(drawn, 64)[:2], (64, 64), flags=cv2.INTER_LINEAR, borderValue=0)
    found = changed(grey, drawn)
    inside = np.s_[8:-8, 8:-8]  # OpenCV rounds places to 1/32 pixel, which shows where the border falls to 0
    np.testing.assert_allclose(found[inside], expected[inside], atol=0.01)


@pytest.mark.parametrize(("drawn", "right", "down"), [
    (Draw(shift_x=4 / SIDE), 10, 4), (Draw(shift_y=-3 / SIDE), 6, 1), (Draw(zoom=1.5), 9, 6), (Draw(flip=True), -6, 4),
    (Draw(rotation_deg=90.0), 4, -6), (Draw(rotation_deg=-90.0), -4, 6),
    (Draw(shift_x=2 / SIDE, flip=True), -8, 4), (Draw(flip=True, rotation_deg=90.0), 4, 6),
], ids=str)  # fmt: skip
def test_a_dot_moves_to_its_place(drawn, right, down):
    """The dot lies 6 right of and 4 below the centre; a positive turn is against the clock."""
    grey = np.zeros((SIDE, SIDE))
    grey[CENTRE + 4, CENTRE + 6] = 1
    row, column = ndimage.center_of_mass(changed(grey, drawn))
    assert (column - CENTRE, row - CENTRE) == pytest.approx((right, down), abs=1e-3)


def test_air_enters_at_the_edges():
    moved = changed(np.ones((SIDE, SIDE)), Draw(shift_x=5 / SIDE))
    assert moved[:, :4].max() < 1e-4
    assert moved[:, 5:].min() > 1 - 1e-4


def test_le_des_and_mask_get_the_same_map():
    checker = np.indices((32, 32)).sum(0) // 4 % 2
    draws = [draw(rng_for(0, i), ALWAYS) for i in range(8)]
    both = image_of(checker).expand(8, 2, -1, -1)
    images, mask = apply(both, both[:, :1], draws)
    assert torch.equal(images[:, 0], images[:, 1])
    assert set(mask.unique().tolist()) == {0, 1}
    sure = (images[:, :1] < 0.24) | (images[:, :1] > 0.76)  # the nearest pixel weighs a quarter or more
    assert sure.float().mean() > 0.5
    assert torch.equal(mask[sure] > 0, images[:, :1][sure] > 0.5)
    assert not torch.equal(images[:1, :1], both[:1, :1])


def test_a_batch_is_its_pairs_one_by_one():
    both = image_of(*(smooth(i) for i in range(len(DRAWS)))).repeat(1, 2, 1, 1)
    mask = (both[:, :1] > 0.5).float()
    images, masks = apply(both, mask, DRAWS)
    for i, drawn in enumerate(DRAWS):
        image, alone = apply(both[i : i + 1], mask[i : i + 1], [drawn])
        assert torch.equal(images[i : i + 1], image)
        assert torch.equal(masks[i : i + 1], alone)


def test_pairs_drawn_unchanged_stay_exact_and_nothing_is_written_into_the_given():
    both = image_of(smooth(1), smooth(2))
    mask, kept = (both > 0.5).float(), both.clone()
    images, masks = apply(both, mask, [Draw(), Draw(zoom=1.1)])
    assert torch.equal(images[0], kept[0])
    assert torch.equal(masks[0], mask[0])
    assert not torch.equal(images[1], kept[1])
    assert torch.equal(both, kept)
    assert apply(both, mask, [Draw(), Draw()])[0] is both


def test_a_draw_is_a_function_of_its_generator():
    assert draw(rng_for(0, "a"), PAPER) == draw(rng_for(0, "a"), PAPER)
    draws = [draw(rng_for(0, i), ALWAYS) for i in range(50)]
    assert len(set(draws)) == 50


def test_each_change_comes_with_its_probability_and_on_its_own():
    draws = [draw(rng_for(1, i), PAPER) for i in range(2000)]
    happened = np.array([[d.shift_x != 0, d.zoom != 1, d.flip, d.rotation_deg != 0] for d in draws])
    assert happened.mean(0) == pytest.approx([0.297] * 4, abs=4 * np.sqrt(0.297 * 0.703 / 2000))
    together = np.corrcoef(happened.T)[np.triu_indices(4, 1)]
    assert np.abs(together).max() < 4 / np.sqrt(2000)


def test_changes_fill_their_ranges_and_stay_within():
    draws = [draw(rng_for(2, i), ALWAYS) for i in range(500)]
    for name, low, high in (("shift_x", -0.1, 0.1), ("shift_y", -0.1, 0.1), ("zoom", 0.9, 1.1),
                            ("rotation_deg", -15, 15)):  # fmt: skip
        values = [getattr(d, name) for d in draws]
        reach = 0.02 * (high - low)
        assert low <= min(values) < low + reach
        assert high - reach < max(values) <= high


def test_no_change_alters_anothers_draw():
    no_zoom = Augment(probability=1.0, shift=0.1, zoom=0.0, rotation_deg=15.0, flip=False)
    full, less = (draw(rng_for(3, "x"), ranges) for ranges in (ALWAYS, no_zoom))
    assert (less.zoom, less.flip) == (1.0, False)
    assert (less.shift_x, less.shift_y, less.rotation_deg) == (full.shift_x, full.shift_y, full.rotation_deg)


def test_without_probability_nothing_changes():
    never = Augment(probability=0.0, shift=0.1, zoom=0.1, rotation_deg=15.0)
    assert never.idle
    assert not PAPER.idle
    assert {draw(rng_for(4, i), never) for i in range(50)} == {Draw()}


def test_a_rectangle_is_turned_and_not_sheared():
    square = smooth(9, 48)
    frame = slice(8, 40)
    drawn = Draw(rotation_deg=12.0, shift_x=0.05, zoom=1.05)
    wide = changed(square, drawn)[frame]
    narrow = changed(square[frame], drawn)
    np.testing.assert_allclose(narrow[8:24, 12:36], wide[8:24, 12:36], atol=1e-5)
