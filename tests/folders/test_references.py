from dataclasses import replace

import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.folders.references import FIELD, mean_of, read_references, references_of, write_mean


@pytest.fixture
def parts(store):
    names = [p.pair for p in store.pairs]
    return names[:8], names[8:]


def test_without_training_pairs_there_are_none(store, parts):
    with pytest.raises(UsageError, match=r"no training pair(.|\n)*black references"):
        references_of(store, [])


def test_le_is_the_le_image(store, parts):
    made = references_of(store, parts[0]).predictions(store, parts[1])["reference-le"]
    assert np.array_equal(made, store.x[8:])


def test_mask_mean_is_one_grey_inside_each_breast(store, parts):
    made = references_of(store, parts[0]).predictions(store, parts[1])["reference-mask-mean"]
    level = store.y[:8][store.mask[:8]].mean(dtype=np.float64)
    assert np.allclose(made[store.mask[8:]], level)
    assert (made[~store.mask[8:]] == 0).all()


def test_mean_des_is_mirrored_for_right_breasts_and_black_outside_the_breast(store, parts):
    made = references_of(store, parts[0]).predictions(store, parts[1])["reference-mean-des"]
    left = np.mean([y if p.side == "L" else y[:, ::-1] for p, y in zip(store.pairs[:8], store.y, strict=False)], axis=0)
    for image, pair, mask in zip(made, store.pairs[8:], store.mask[8:], strict=True):
        wanted = left if pair.side == "L" else left[:, ::-1]
        assert np.allclose(image, wanted * mask, atol=1e-6)
    assert {p.side for p in store.pairs[8:]} == {"L", "R"}


def test_test_images_have_no_influence_but_by_le_and_mask(store, parts):
    before = references_of(store, parts[0]).predictions(store, parts[1])
    y = np.array(store.y)
    y[8:] = 1 - y[8:]
    after = references_of(replace(store, y=y), parts[0]).predictions(store, parts[1])
    for name, image in before.items():
        assert np.array_equal(image, after[name])
        assert image.dtype == np.float32


def test_they_travel_with_a_run_to_the_last_bit(store, parts, tmp_path):
    made = references_of(store, parts[0])
    write_mean(tmp_path, made)
    kept = read_references(tmp_path, {FIELD: made.facts})
    for name, images in made.predictions(store, parts[1]).items():
        assert np.array_equal(images, kept.predictions(store, parts[1])[name])


def test_a_run_without_them_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match=r"(?s)does not hold the trivial references.*train it again"):
        read_references(tmp_path, {})


def test_the_mean_of_several_folds_is_that_of_their_images(store, parts):
    one, two = references_of(store, parts[0][:4]), references_of(store, parts[0][4:])
    both = mean_of([one, two])
    assert both.level == pytest.approx((one.level + two.level) / 2)
    assert np.allclose(both.mean, (one.mean + two.mean) / 2)


def test_images_of_another_size_are_refused(store, parts, toy_store_of):
    with pytest.raises(UsageError, match="the training had"):
        references_of(store, parts[0]).predictions(toy_store_of(size=32), parts[1])
