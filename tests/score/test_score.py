from dataclasses import replace

import numpy as np
import pytest

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_csv, read_json, write_array, write_json
from vcem.folders.folds import Fold, Folds
from vcem.folders.predictions import Maker, write_predictions
from vcem.folders.scores import IMAGE_COLUMNS, LATER, LESION_COLUMNS
from vcem.metrics.error import mse, psnr
from vcem.metrics.paper import psnr_over_own_maximum, ssim_over_own_range
from vcem.metrics.ssim import ssim
from vcem.metrics.vif import vif
from vcem.score.predict import predict_fold
from vcem.score.score import fold_of, means, score, score_fold, write_scores

REFERENCES = ["reference-le", "reference-mask-mean", "reference-mean-des"]


def column(scores, method, name):
    return [row[name] for row in scores.images if row["method"] == method]


def test_a_run_is_scored_into_both_tables(run_dir, store, folds):
    predict_fold(run_dir, store, folds)
    score_fold(run_dir, store, folds)
    rows = read_csv(run_dir / "scores.csv", IMAGE_COLUMNS)
    assert [c for c in rows[0] if c not in LATER] == list(IMAGE_COLUMNS)
    assert set(LATER) < set(rows[0])
    assert list(dict.fromkeys(r["method"] for r in rows)) == ["autoencoder", *REFERENCES]
    assert [r["pair"] for r in rows[:4]] == list(folds.folds[0].test)
    assert {(r["fold"], r["origin"], r["protocol"], r["size"]) for r in rows} == {("0", "simulated", "strict", "48")}
    assert [r["recipe"] for r in rows[::4]] == ["toy-autoencoder", "", "", ""]
    lesions = read_csv(run_dir / "lesions.csv", LESION_COLUMNS)
    assert len(lesions) == 16
    assert {r["patient"] for r in lesions} == {"P3"}


def test_cells_are_the_metrics_of_these_very_images(store, folds, predictions):
    scores = score(predictions, store, folds.folds[0])
    rows = store.rows(folds.folds[0].test)
    y, mask, y_hat = np.array(store.y[rows]), np.array(store.mask[rows]), np.array(predictions.y_hat)
    for name, metric in {"mse": mse, "psnr": psnr, "ssim": ssim, "vif": vif}.items():
        assert np.allclose(column(scores, "autoencoder", name), metric(y, y_hat))
        assert np.allclose(column(scores, "autoencoder", f"{name}_breast"), metric(y, y_hat, mask))
    assert np.allclose(column(scores, "reference-le", "mse"), mse(y, np.array(store.x[rows])))


def test_lesion_columns_count_what_the_lesion_table_lists(store, folds, predictions):
    scores = score(predictions, store, folds.folds[0])
    for method in ("autoencoder", *REFERENCES):
        listed = [row for row in scores.lesions if row["method"] == method]
        for name in ("enhancing", "missed"):
            assert sum(column(scores, method, name)) == sum(bool(row[name]) for row in listed)
        errors = [abs(row["contrast_pred"] - row["contrast_truth"]) for row in listed]
        assert column(scores, method, "contrast_error") == pytest.approx(errors)
    assert sum(column(scores, "autoencoder", "enhancing")) == 2, "every second toy lesion lights up"
    assert sum(column(scores, "autoencoder", "missed")) == 0
    assert sum(column(scores, "reference-mask-mean", "missed")) == 2
    assert sum(column(scores, "reference-mask-mean", "hallucinated")) == 0


def test_pairs_may_lie_in_any_order_and_more_than_the_test_pairs(store, folds, predictions, tmp_path):
    wanted = score(predictions, store, folds.folds[0])
    pairs = [p.pair for p in store.pairs][::-1]
    more = write_predictions(tmp_path / "more", predictions.maker, store, pairs, 0.8 * np.array(store.y)[::-1])
    assert score(more, store, folds.folds[0]) == wanted


def test_the_same_bytes_twice(store, folds, predictions, tmp_path):
    for name in ("a", "b"):
        write_scores(score(predictions, store, folds.folds[0]), tmp_path / name)
    for file in ("scores.csv", "lesions.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_papers_protocol_has_the_papers_variants(store, folds, predictions):
    scores = score(predictions, store, folds.folds[0], "paper")
    y, y_hat = np.array(store.y[store.rows(predictions.pairs)]), np.array(predictions.y_hat)
    assert np.allclose(column(scores, "autoencoder", "psnr"), psnr_over_own_maximum(y, y_hat))
    assert np.allclose(column(scores, "autoencoder", "ssim"), ssim_over_own_range(y, y_hat))
    assert set(column(scores, "autoencoder", "protocol")) == {"paper"}


def test_a_score_that_is_not_finite_names_its_pair(store, folds, predictions, tmp_path):
    y_hat = np.array(predictions.y_hat)
    y_hat[2] = store.y[store.rows(predictions.pairs)[2]]
    perfect = write_predictions(tmp_path / "p", predictions.maker, store, predictions.pairs, y_hat)
    with pytest.raises(FailureError, match=rf"psnr of autoencoder is inf on pair {predictions.pairs[2]}"):
        score(perfect, store, folds.folds[0])


def test_half_precision_that_gives_nan_is_an_error_and_no_average(store, folds, predictions):
    with pytest.raises(FailureError, match="ssim of autoencoder is nan on pair P3_L_CC"):
        score(predictions, store, folds.folds[0], "paper-half")


def test_small_images_have_empty_vif_cells(toy_store, tmp_path):
    pairs = [p.pair for p in toy_store.pairs]
    made = write_predictions(tmp_path / "p", Maker("m", "r", 0, ""), toy_store, pairs, 0.8 * np.array(toy_store.y))
    write_scores(score(made, toy_store, Fold(tuple(pairs[:8]), (), tuple(pairs[8:]))), tmp_path)
    assert {row["vif"] + row["vif_breast"] for row in read_csv(tmp_path / "scores.csv")} == {""}
    assert all(row["ssim"] for row in read_csv(tmp_path / "scores.csv"))


def test_lesions_that_cannot_be_measured_are_listed_empty_and_said(store, folds, predictions):
    lesion = np.array(store.lesion)
    row = store.rows(predictions.pairs)[0]
    lesion[row] = 0
    lesion[row, 20, 5:8] = 1
    scores = score(predictions, replace(store, lesion=lesion), folds.folds[0])
    listed = next(row for row in scores.lesions if row["pair"] == predictions.pairs[0])
    assert (listed["area_px"], listed["contrast_truth"], listed["enhancing"]) == (3, None, None)
    assert column(scores, "autoencoder", "lesions")[0] == 0
    assert column(scores, "autoencoder", "contrast_error")[0] is None
    assert means(scores)[-1].startswith("1 of 4 lesions are too small")


def test_missing_test_pairs_are_refused(store, folds, predictions, tmp_path):
    few = write_predictions(tmp_path / "p", predictions.maker, store, predictions.pairs[1:], predictions.y_hat[1:])
    with pytest.raises(UsageError, match=rf"lacks 1 of 4 test pairs, the first is {predictions.pairs[0]}"):
        fold_of(few, folds)


@pytest.mark.parametrize("number", [-1, 1])
def test_a_fold_that_is_not_there_is_refused(folds, predictions, number):
    with pytest.raises(UsageError, match=f"no fold {number}"):
        fold_of(predictions, folds, number)


def test_predictions_without_a_fold_need_one(store, folds, predictions, tmp_path):
    free = replace(predictions.maker, fold=None)
    made = write_predictions(tmp_path / "p", free, store, predictions.pairs, np.array(predictions.y_hat))
    with pytest.raises(UsageError, match="no fold None"):
        fold_of(made, folds)
    assert fold_of(made, folds, 0) == folds.folds[0]


def test_folds_of_other_data_are_refused(store, folds, predictions, tmp_path):
    other = Folds(folds.protocol, 0, (Fold(("P77_L_CC",), (), predictions.pairs),))
    with pytest.raises(UsageError, match="P77_L_CC"):
        score(predictions, store, fold_of(predictions, other))


def test_a_failed_scoring_leaves_the_old_tables(run_dir, store, folds):
    made = predict_fold(run_dir, store, folds)
    score_fold(run_dir, store, folds)
    before = (run_dir / "scores.csv").read_bytes()
    y_hat = np.array(made.y_hat)
    y_hat[0] = np.nan
    write_array(made.folder / "y_hat.npy", y_hat)
    manifest = read_json(made.folder / "manifest.json", "a manifest")
    write_json(made.folder / "manifest.json", {k: v for k, v in manifest.items() if k != "files"})
    with pytest.raises(FailureError, match="not finite"):
        score_fold(run_dir, store, folds)
    assert (run_dir / "scores.csv").read_bytes() == before
