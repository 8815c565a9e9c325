import shutil

import numpy as np
import pytest

from runs_tree import write_runs
from vcem.report.free_response import (
    COMPARED,
    found_differences_table,
    free_response_drawing,
    free_response_table,
    marks_of,
)
from vcem.report.study import read_study
from vcem.stats.free_response import found_difference


def test_marks_are_those_of_every_enhancing_lesion_and_image(study):
    marks = marks_of(study)["autoencoder"]
    assert marks.best.size == study.lesions.enhancing.sum()
    assert marks.false.size == len(study.scores.items)
    assert marks.images.sum() == len(study.scores.items)


def test_a_reference_that_several_recipes_scored_counts_once(study):
    assert marks_of(study)["reference-le"].false.size == len(study.scores.items)


def test_the_share_found_is_what_a_threshold_gives(study):
    marks = marks_of(study)["cyclegan"]
    record = next(r for r in free_response_table(study).records if r["method"] == "cyclegan")
    cut = np.sort(marks.false)[::-1][int(COMPARED * marks.images.sum())]
    assert record["found_at_0.5"] == pytest.approx((marks.best > cut).mean())
    assert record["found_at_0.25"] <= record["found_at_0.5"] <= record["found_at_1"]


def test_every_two_methods_and_the_le_image_are_compared(study):
    pairs = [(r["first"], r["second"]) for r in found_differences_table(study).records]
    assert ("autoencoder", "cyclegan") in pairs
    assert ("cyclegan", "reference-le") in pairs
    assert len(pairs) == len(set(pairs)) == 6


def test_a_method_that_lacks_folds_is_judged_on_its_own_and_compared_on_those_of_both(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=3, patients=12)
    shutil.rmtree(next(runs.glob("*cyclegan*/fold-02")))
    study = read_study([runs], None, 0)
    marks, table = marks_of(study), free_response_table(study)
    lost = sum(study.lesions.names[k][0] == 2 for k in np.flatnonzero(study.lesions.enhancing))
    assert lost > 0
    assert marks["cyclegan"].best.size == marks["autoencoder"].best.size - lost
    assert marks["cyclegan"].images.sum() < marks["autoencoder"].images.sum() == len(study.scores.items)
    assert "a method that lacks folds is judged on the lesions of its own" in table.caption
    shared = marks_of(study, frozenset({0, 1}))
    first, second = shared["autoencoder"], shared["cyclegan"]
    assert first.best.size == second.best.size == marks["cyclegan"].best.size
    assert np.array_equal(first.images, marks["cyclegan"].images)
    found = next(r for r in found_differences_table(study).records
                 if {r["first"], r["second"]} == {"autoencoder", "cyclegan"})  # fmt: skip
    sign = 1 if found["first"] == "autoencoder" else -1
    expected = found_difference(first, second, COMPARED, study.draws.weights)[0].estimate
    assert sign * found["difference"] == pytest.approx(expected)


def test_runs_scored_before_marks_were_recorded_say_so(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=2, patients=8)
    next(runs.glob("*/fold-01/marks.csv")).unlink()
    old = read_study([runs], None, 0)
    table = free_response_table(old)
    assert table.rows == ()
    assert "vcem score" in table.caption
    assert found_differences_table(old).rows == ()
    assert free_response_drawing(old) is None


def test_the_drawing_names_every_method(study):
    drawing = free_response_drawing(study)
    assert drawing.svg.startswith(b"<?xml")
    assert all(name in drawing.svg.decode() for name in ("CycleGAN", "LE image"))
