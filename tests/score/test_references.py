from dataclasses import replace

import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.score.references import reference_predictions


@pytest.fixture
def parts(store):
    names = [p.pair for p in store.pairs]
    return names[:8], names[8:]


def test_without_training_pairs_there_are_none(store, parts):
    with pytest.raises(UsageError, match=r"no training pair(.|\n)*black references"):
        reference_predictions(store, [], parts[1])


def test_le_is_the_le_image(store, parts):
    made = reference_predictions(store, *parts)["reference-le"]
    assert np.array_equal(made, store.x[8:])


def test_mask_mean_is_one_grey_inside_each_breast(store, parts):
    made = reference_predictions(store, *parts)["reference-mask-mean"]
    level = store.y[:8][store.mask[:8]].mean(dtype=np.float64)
    assert np.allclose(made[store.mask[8:]], level)
    assert (made[~store.mask[8:]] == 0).all()


def test_mean_des_is_mirrored_for_right_breasts_and_black_outside_the_breast(store, parts):
    made = reference_predictions(store, *parts)["reference-mean-des"]
    left = np.mean([y if p.side == "L" else y[:, ::-1] for p, y in zip(store.pairs[:8], store.y, strict=False)], axis=0)
    for image, pair, mask in zip(made, store.pairs[8:], store.mask[8:], strict=True):
        wanted = left if pair.side == "L" else left[:, ::-1]
        assert np.allclose(image, wanted * mask, atol=1e-6)
    assert {p.side for p in store.pairs[8:]} == {"L", "R"}


def test_test_images_have_no_influence_but_by_le_and_mask(store, parts):
    before = reference_predictions(store, *parts)
    y = np.array(store.y)
    y[8:] = 1 - y[8:]
    after = reference_predictions(replace(store, y=y), *parts)
    for name, image in before.items():
        assert np.array_equal(image, after[name])
        assert image.dtype == np.float32
