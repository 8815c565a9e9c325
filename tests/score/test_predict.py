from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from simulated import simulated_store
from vcem.core.errors import UsageError
from vcem.core.files import MANIFEST
from vcem.core.terms import Side
from vcem.folders.folds import Fold, Folds
from vcem.folders.predictions import Maker
from vcem.prepare import chain
from vcem.prepare.resize import Resize
from vcem.prepare.square import Square
from vcem.score.predict import part_of, predict_fold, predict_pairs, predict_run, virtual_des, write_native
from vcem.train import rundir


def halved(x, mask):
    return 0.5 * x * mask


def test_every_pair_gets_its_own_image_whatever_the_batches(store, monkeypatch):
    monkeypatch.setattr("vcem.score.predict.AT_ONCE", 5)
    pairs = [p.pair for p in store.pairs][::-1]
    made = virtual_des(halved, store, pairs, store.x)
    assert np.allclose(made, 0.5 * store.x[::-1], atol=1e-7)


def test_same_weights_data_and_pairs_are_not_predicted_again(store, tmp_path):
    calls = []

    def counted(x, mask):
        calls.append(len(x))
        return halved(x, mask)

    pairs = [p.pair for p in store.pairs[:4]]
    maker = Maker("m", "r", 0, "weights")
    first = predict_pairs(counted, maker, store, pairs, tmp_path / "p")
    again = predict_pairs(counted, maker, store, pairs, tmp_path / "p")
    assert calls == [4]
    assert np.array_equal(first.y_hat, again.y_hat)
    predict_pairs(counted, replace(maker, weights="others"), store, pairs, tmp_path / "p")
    predict_pairs(counted, replace(maker, weights="others"), store, pairs[:3], tmp_path / "p")
    assert calls == [4, 4, 3]


def test_a_finished_run_predicts_its_test_pairs(run_dir, store, folds):
    made = predict_fold(run_dir, store, folds)
    assert made.pairs == folds.folds[0].test
    assert made.folder == run_dir / "predictions"
    assert (made.maker.method, made.maker.recipe, made.maker.fold) == ("autoencoder", "toy-autoencoder", 0)
    assert made.maker.weights == rundir.read_run(run_dir).weights
    method = rundir.load_method(rundir.read_run(run_dir))
    row = store.rows(made.pairs)[0]
    x, mask = (torch.from_numpy(np.array(a[row], np.float32))[None, None] for a in (store.x, store.mask))
    with torch.no_grad():
        assert np.allclose(made.y_hat[0], method.predict(x, mask)[0, 0], atol=1e-6)


def test_the_same_bytes_twice(run_dir, store, folds):
    first = (predict_fold(run_dir, store, folds).folder / MANIFEST).read_bytes()
    (run_dir / "predictions" / MANIFEST).unlink()
    assert (predict_fold(run_dir, store, folds).folder / MANIFEST).read_bytes() == first


@pytest.mark.parametrize("number", [0, 1])
def test_a_run_of_other_folds_is_refused(run_dir, store, folds, number):
    old = folds.folds[0]
    other = Folds(folds.protocol, 1, (Fold(old.val, old.train, old.test),) * (1 - number))
    with pytest.raises(UsageError, match="another fold 0"):
        predict_fold(run_dir, store, other)


def test_parts_of_a_fold(run_dir, folds):
    run = rundir.read_run(run_dir)
    assert part_of(run, folds, "val") == folds.folds[0].val
    assert part_of(run, folds, "train") == folds.folds[0].train


def test_data_of_another_size_are_refused(run_dir, toy_store, tmp_path):
    with pytest.raises(UsageError, match=r"images of 48 x 48 .* of 32 x 32"):
        predict_run(rundir.read_run(run_dir), toy_store, [toy_store.pairs[0].pair], tmp_path / "p")


def test_an_unknown_pair_is_refused(store, tmp_path):
    with pytest.raises(UsageError, match="P99_L_CC"):
        predict_pairs(halved, Maker("m", "r", 0, ""), store, ["P99_L_CC"], tmp_path / "p")


def test_native_pictures_have_the_rows_and_columns_of_the_given_image(store, tmp_path):
    grey = np.tile(np.linspace(0, 1, 60, dtype=np.float32), (90, 1))
    steps = [Square(90, 60, Side.RIGHT), Resize(90, 48, antialias=True)]
    prepared = chain.do(steps, grey)
    rows = (replace(store.pairs[0], chain=chain.to_json(steps)), *store.pairs[1:])
    pair = rows[0].pair
    made = predict_pairs(lambda x, mask: torch.from_numpy(np.array(prepared, np.float32))[None, None],
                         Maker("m", "r", 0, ""), replace(store, pairs=rows), [pair], tmp_path / "p")  # fmt: skip
    write_native(made, replace(store, pairs=rows), tmp_path / "png")
    with Image.open(tmp_path / "png" / f"{pair}.png") as picture:
        native = np.asarray(picture, np.float64) / 65535
    assert native.shape == (90, 60)
    assert np.abs(native - grey)[:, 3:-3].max() < 0.03


def test_with_truth_le_before_contrast_is_predicted_too(tmp_path):
    simulated = simulated_store(tmp_path, patients=1)
    pairs = [p.pair for p in simulated.pairs]
    made = predict_pairs(halved, Maker("m", "r", 0, "w"), simulated, pairs, tmp_path / "p")
    assert np.allclose(made.y_hat_before, 0.5 * simulated.x_before * simulated.mask)
    assert not np.array_equal(made.y_hat_before, made.y_hat)
    (tmp_path / "p" / "y_hat_before.npy").unlink()
    again = predict_pairs(halved, Maker("m", "r", 0, "w"), simulated, pairs, tmp_path / "p")
    assert again.y_hat_before is not None, "predictions of an older program are made again"
