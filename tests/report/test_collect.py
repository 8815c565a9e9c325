import numpy as np
import pytest

from runs_tree import QUALITY, write_runs
from vcem.core.errors import UsageError
from vcem.core.files import read_csv, write_csv
from vcem.report.collect import collect_lesions, collect_scores, labels
from vcem.report.runs import find_runs


def read(*roots):
    return collect_scores(find_runs(roots)[0])


def change(path, chosen, **cells):
    rows = read_csv(path)
    for row in rows:
        if chosen(row):
            row.update(cells)
    write_csv(path, list(rows[0]), rows)


@pytest.fixture
def runs(tmp_path):
    return write_runs(tmp_path / "runs", folds=2, patients=6)


def test_methods_come_in_the_papers_order_and_references_once(runs):
    scores = read(runs)
    assert scores.learned == ("autoencoder", "pix2pix", "cyclegan")
    assert scores.references == ("reference-le", "reference-mask-mean", "reference-mean-des")
    assert scores.cube.shape == (6, 12, 9)
    assert not np.isnan(scores.cube).any()


def test_every_value_lands_in_its_place(runs):
    scores = read(runs)
    for recipe in ("small-autoencoder", "small-cyclegan"):
        for row in read_csv(runs / recipe / "fold-01" / "scores.csv"):
            place = next(i for i, item in enumerate(scores.items) if (item.fold, item.pair) == (1, row["pair"]))
            assert scores.of(row["method"], "vif_breast")[place] == float(row["vif_breast"])
            assert scores.patient_names[scores.patients[place]] == row["patient"]


def test_runs_scored_before_a_metric_came_stand_beside_newer_ones(runs):
    """Their own values are unknown; those of the references come from the newer scoring."""
    for recipe in ("small-pix2pix", "small-cyclegan"):
        for fold in ("fold-00", "fold-01"):
            path = runs / recipe / fold / "scores.csv"
            rows = [row | {"ms_ssim": str(i / 100)} for i, row in enumerate(read_csv(path))]
            write_csv(path, list(rows[0]), rows)
    scores = read(runs)
    assert np.isnan(scores.of("autoencoder", "ms_ssim")).all()
    for method in ("pix2pix", "reference-le"):
        assert not np.isnan(scores.of(method, "ms_ssim")).any()


def test_densities_are_numbered_and_unknown_ones_are_minus_one(runs):
    scores = read(runs)
    by_patient = dict(zip((i.patient for i in scores.items), scores.densities.tolist(), strict=True))
    assert by_patient == {"P0": -1, "P1": 1, "P2": 1, "P3": 1, "P4": 2, "P5": 2}


def test_a_missing_fold_leaves_values_unknown(runs):
    (runs / "small-pix2pix" / "fold-01" / "scores.csv").unlink()
    scores = read(runs)
    unknown = np.isnan(scores.of("pix2pix", "mse"))
    assert (unknown == (scores.folds == 1)).all()


def test_recipes_of_one_method_are_named_by_recipe(tmp_path):
    runs = write_runs(tmp_path, recipes=("small-pix2pix", "long-pix2pix"), folds=1, patients=3)
    found = find_runs([runs])[0]
    assert set(labels(found).values()) == {"small-pix2pix", "long-pix2pix"}
    assert read(runs).learned == ("long-pix2pix", "small-pix2pix")


@pytest.mark.parametrize(
    ("what", "value"), [("origin", "clinical"), ("protocol", "paper"), ("size", "128"), ("data", "e")]
)
def test_mixed_runs_are_refused(tmp_path, what, value):
    write_runs(tmp_path / "a", recipes=("small-pix2pix",), folds=1, patients=3)
    write_runs(tmp_path / "b", recipes=("small-cyclegan",), folds=1, patients=3, **{what: value})
    with pytest.raises(UsageError, match=f"differ in {what}"):
        read(tmp_path / "a", tmp_path / "b")


def test_runs_of_other_folds_are_refused(runs):
    path = runs / "small-pix2pix" / "fold-01" / "run.json"
    path.write_text(path.read_text().replace('"fold 1"', '"other"'))
    with pytest.raises(UsageError, match="the pairs of fold 1"):
        read(runs)


def test_references_that_disagree_are_refused(runs):
    path = runs / "small-pix2pix" / "fold-01" / "scores.csv"
    change(path, lambda r: r["method"] == "reference-mean-des" and r["pair"] == "P1_L_CC", mse="0.9")
    with pytest.raises(UsageError, match=r"reference-mean-des of pair P1_L_CC in fold 1 has other scores"):
        read(runs)


def test_a_method_scored_twice_is_refused(tmp_path):
    for name in "ab":
        write_runs(tmp_path / name, recipes=("small-pix2pix",), folds=1, patients=3)
    with pytest.raises(UsageError, match="appears twice"):
        read(tmp_path / "a", tmp_path / "b")


def test_a_cell_that_is_no_number_is_named(runs):
    change(runs / "small-pix2pix" / "fold-01" / "scores.csv", lambda r: r["pair"] == "P1_L_CC", mse="much")
    with pytest.raises(UsageError, match=r"Column mse of pair P1_L_CC holds 'much'"):
        read(runs)


def test_a_pair_of_two_patients_is_refused(runs):
    change(runs / "small-pix2pix" / "fold-01" / "scores.csv", lambda r: r["pair"] == "P1_L_CC", patient="P9")
    with pytest.raises(UsageError, match="two patients"):
        read(runs)


def test_lesions_are_joined_with_truth_and_prediction(runs):
    found = find_runs([runs])[0]
    lesions = collect_lesions(found, collect_scores(found))
    assert len(lesions.names) == 6
    assert lesions.predicted.shape == (6, 6)
    flat = lesions.methods.index("reference-mask-mean")
    assert (lesions.predicted[flat] == 0).all()
    assert (lesions.missed[flat][lesions.enhancing] == 1).all()
    assert np.isnan(lesions.missed[flat][~lesions.enhancing]).all()
    better, worse = (lesions.methods.index(m) for m in ("autoencoder", "reference-le"))
    assert QUALITY["autoencoder"] > QUALITY["reference-le"]
    assert (
        np.abs(lesions.predicted[better] - lesions.truth).mean()
        < np.abs(lesions.predicted[worse] - lesions.truth).mean()
    )


def test_a_lesion_too_small_to_measure_is_kept_as_unknown(runs):
    empty = dict.fromkeys(["contrast_truth", "contrast_pred", "cnr_truth", "cnr_pred", "enhancing", "missed"], "")
    for recipe in runs.iterdir():
        change(recipe / "fold-01" / "lesions.csv", lambda r: r["pair"] == "P1_L_CC", **empty)
    found = find_runs([runs])[0]
    lesions = collect_lesions(found, collect_scores(found))
    unknown = np.isnan(lesions.truth)
    assert unknown.sum() == 1
    assert not lesions.enhancing[unknown].any()


def test_no_lesion_at_all(runs):
    for path in runs.glob("*/*/lesions.csv"):
        path.unlink()
    found = find_runs([runs])[0]
    assert collect_lesions(found, collect_scores(found)).truth.size == 0
