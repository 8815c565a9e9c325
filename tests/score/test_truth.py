from pathlib import Path

import numpy as np
import pytest

from simulated import simulated_store
from vcem.cli.main import main
from vcem.core.files import read_csv
from vcem.data.splits import Member, strict_folds
from vcem.folders.folds import Fold, write_folds
from vcem.folders.predictions import Maker, write_predictions
from vcem.folders.truth import FILES, read_facts
from vcem.score.truth import ACQUIRED, mm_per_px, score_truth, truth_lines, write_truth

METHODS = ["m", "reference-le", "reference-mask-mean", "reference-mean-des", ACQUIRED]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return simulated_store(tmp_path_factory.mktemp("evaluate"), patients=6)


@pytest.fixture(scope="module")
def fold(store):
    folds = strict_folds([Member(p.pair, p.patient) for p in store.pairs], 2, 0)
    write_folds(store.folder / "folds.json", folds)
    return folds.folds[0]


def predicted(store, fold, folder, after, before=None):
    return write_predictions(folder / "predictions", Maker("m", "r", 0, "w"), store, fold.test, after, before)


def true_grey(store, fold):
    """The true iodine map as a display would show it, a perfect prediction."""
    facts, rows = read_facts(store.folder), store.rows(fold.test)
    grey = (np.array(store.iodine[rows]) - facts.iodine_at_grey_0) / facts.mg_cm2_per_grey
    return (grey * store.mask[rows]).astype(np.float32)


def of(rows, method):
    return [row for row in rows if row["method"] == method]


def test_a_perfect_prediction_misses_and_invents_nothing(store, fold, tmp_path):
    scores = score_truth(predicted(store, fold, tmp_path, true_grey(store, fold)), store, fold)
    assert list(dict.fromkeys(row["method"] for row in scores.images)) == METHODS
    own = of(scores.images, "m")
    assert sum(row["enhancing"] for row in own) > 2
    assert sum(row["not_enhancing"] for row in own) > 2
    for column in ("missed", "hallucinated", "false_places"):
        assert [row[column] for row in own] == [0] * len(own)
    assert max(abs(row["iodine_error"]) for row in of(scores.lesions, "m")) < 1e-5
    assert of(scores.curve, "m")[0]["found"] == sum(row["enhancing"] for row in own)


def test_errors_are_in_mg_per_cm2(store, fold, tmp_path):
    half = true_grey(store, fold)
    facts = read_facts(store.folder)
    zero = -facts.iodine_at_grey_0 / facts.mg_cm2_per_grey
    scores = score_truth(predicted(store, fold, tmp_path, zero + 0.5 * (half - zero)), store, fold)
    for row in of(scores.lesions, "m"):
        assert row["iodine_pred"] == pytest.approx(0.5 * row["iodine_truth"], abs=1e-5)
        if row["enhancing"]:
            assert row["iodine_error"] == pytest.approx(-0.5 * row["iodine_truth"], abs=1e-5)


def test_the_le_image_lights_up_what_le_shows(store, fold, tmp_path):
    scores = score_truth(predicted(store, fold, tmp_path, true_grey(store, fold)), store, fold)
    rows = of(scores.lesions, "reference-le")
    looks = {look: [r for r in rows if r["look"] == look] for look in ("irregular", "circumscribed", "occult")}
    assert not any(r["missed"] for r in looks["irregular"])
    assert any(r["hallucinated"] for r in looks["circumscribed"])
    assert all(r["missed"] for r in looks["occult"] if r["enhancing"])
    assert all(r["iodine_before"] is not None for r in rows)
    assert all(r["iodine_before"] is None for r in of(scores.lesions, ACQUIRED))


def test_light_at_the_wrong_place_is_a_false_place(store, fold, tmp_path):
    y_hat = true_grey(store, fold)
    v, u = np.mgrid[: store.size.rows, : store.size.columns]
    for i, row in enumerate(store.rows(fold.test)):
        wall = u if store.pairs[row].side == "L" else store.size.columns - 1 - u
        spot = (np.hypot(wall - 4, v - 12) < 2.5) & store.mask[row]
        y_hat[i] = np.where(spot, 0.9, y_hat[i])
    scores = score_truth(predicted(store, fold, tmp_path, y_hat), store, fold)
    assert {row["false_places"] for row in of(scores.images, "m")} == {1}
    assert "false places per image" in truth_lines(scores)[0]


def test_the_three_tables_and_their_removal(store, fold, tmp_path):
    scores = score_truth(predicted(store, fold, tmp_path, true_grey(store, fold)), store, fold)
    for name in "ab":
        write_truth(scores, tmp_path / name)
    for name, columns in FILES.values():
        assert read_csv(tmp_path / "a" / name, columns)
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    write_truth(None, tmp_path / "a")
    assert not list((tmp_path / "a").iterdir())


def test_data_without_truth_have_none(toy_store, tmp_path):
    fold = Fold((), (), tuple(p.pair for p in toy_store.pairs))
    assert score_truth(predicted(toy_store, fold, tmp_path, np.array(toy_store.y)), toy_store, fold) is None
    assert truth_lines(None) == []


def test_the_command_scores_against_the_truth(store, fold, tmp_path, capsys):
    predicted(store, fold, tmp_path, true_grey(store, fold) * 0.97)
    assert main(["score", str(tmp_path / "predictions"), "--data", str(store.folder)]) == 0
    assert f"{ACQUIRED}, against the truth: 0 of" in capsys.readouterr().out
    assert {r["iodine_before"] for r in of(read_csv(tmp_path / "iodine.csv"), "m")} == {""}


def test_pixels_of_the_grid_have_a_size(store):
    assert mm_per_px(store.pairs[0].chain, 1.25) == pytest.approx(1.25 * 160 / 64)


def test_every_column_stands_in_the_reference():
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "metrics.md").read_text()
    assert not [c for _, columns in FILES.values() for c in columns if f"`{c}`" not in reference]
