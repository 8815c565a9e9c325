import json

import numpy as np
import pytest

from runs_tree import write_runs
from vcem.core.errors import FailureError
from vcem.report.study import read_study
from vcem.report.training import FLAT, Curve, read_curves, training_table


def curve(val, best=None):
    epochs = np.arange(1, len(val) + 1)
    best = np.array([1 + np.argmin(val[: k + 1]) for k in range(len(val))]) if best is None else np.array(best)
    return Curve("pix2pix", 0, epochs, {}, np.array(val, float), np.full(len(val), 2.0), np.full(len(val), 30.0), best)


def test_a_curve_that_falls_to_the_end_has_not_flattened():
    falling = curve([1.0, 0.8, 0.6, 0.5, 0.4, 0.3])
    assert falling.late_gain == pytest.approx((0.5 - 0.3) / 0.5)
    assert not falling.flattened


def test_a_curve_that_rises_at_the_end_has_flattened():
    rising = curve([1.0, 0.5, 0.4, 0.41, 0.5, 0.6])
    assert rising.late_gain == 0.0
    assert rising.flattened
    assert rising.best == 2


def test_the_limit_is_one_per_cent():
    assert curve([1.0, 1.0, 1.0, 1.0, 1.0, 1 - 0.9 * FLAT]).flattened
    assert not curve([1.0, 1.0, 1.0, 1.0, 1.0, 1 - 1.1 * FLAT]).flattened


def test_too_few_epochs_say_nothing():
    assert np.isnan(curve([1.0, 0.5, 0.4]).late_gain)
    assert not curve([1.0, 0.5, 0.4]).flattened


def test_the_best_epoch_is_the_logs_which_knows_the_warm_up():
    warm = curve([0.1, 1.0, 0.5, 0.4, 0.45, 0.6], best=[1, 2, 3, 4, 4, 4])
    assert warm.best == 3


def test_curves_of_all_runs(study):
    curves = read_curves(study)
    assert len(curves) == 15
    assert curves[1].epochs.tolist() == list(range(1, 42))
    assert set(curves[0].losses) == {"g", "d"}
    table = training_table(study, curves)
    assert len(table.rows) == 15
    assert table.rows[0][2].text == "40"
    assert table.rows[0][7].text == "4.0"


def test_an_epoch_logged_twice_counts_once_the_later_one(tmp_path):
    runs = write_runs(tmp_path / "runs", recipes=("small-pix2pix",), folds=1, patients=6)
    log = runs / "small-pix2pix" / "fold-00" / "log.jsonl"
    lines = [json.loads(x) for x in log.read_text().splitlines()]
    log.write_text(log.read_text() + json.dumps(lines[4] | {"val_l1": 9.0}) + "\n")
    found = read_curves(read_study([runs], None, 0))[0]
    assert found.epochs.size == 40
    assert found.val_l1[4] == 9.0


@pytest.mark.parametrize("line", ["{", "[1, 2]", '{"epoch": "many"}'])
def test_a_damaged_log_names_its_file(tmp_path, line):
    runs = write_runs(tmp_path / "runs", recipes=("small-pix2pix",), folds=1, patients=6)
    (runs / "small-pix2pix" / "fold-00" / "log.jsonl").write_text(line)
    with pytest.raises(FailureError, match=r"log\.jsonl is damaged"):
        read_curves(read_study([runs], None, 0))


def test_runs_without_logs_have_no_curves(tmp_path):
    runs = write_runs(tmp_path / "runs", recipes=("small-pix2pix",), folds=1, patients=6)
    (runs / "small-pix2pix" / "fold-00" / "log.jsonl").unlink()
    assert read_curves(read_study([runs], None, 0)) == []
