import shutil

import numpy as np
import pytest

from hidden_lesions import drawn_runs, hidden_folds, hidden_store
from vcem.core.files import read_csv
from vcem.folders.scores import TEXTURE_COLUMNS, TRUE_DES
from vcem.metrics.texture import FEATURES as COMPUTED
from vcem.report.study import read_study
from vcem.report.textures import FEATURES, textures_table
from vcem.score.score import score_fold

METHODS = {"toy-near": 0.999, "toy-faint": 0.5}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    here = tmp_path_factory.mktemp("textures")
    store = hidden_store(here / "prepared", patients=27)
    for name, times in METHODS.items():
        drawn_runs(here / "runs", store, times * np.asarray(store.y), name)
        for k in range(3):
            score_fold(here / "runs" / name / f"fold-{k:02d}", store, hidden_folds(store))
    return here / "runs"


@pytest.fixture(scope="module")
def table(runs):
    return textures_table(read_study([runs], None, 0))


def test_what_looks_more_alike_lies_nearer_and_the_real_images_lie_at_their_floor(table):
    by = {r["method"]: r for r in table.records}
    for region in ("breast", "lesions"):
        assert by["toy-near"][f"{region}_distance"] < by["toy-faint"][f"{region}_distance"]
        assert by[TRUE_DES][f"{region}_distance"] == pytest.approx(0, abs=1e-6)
        assert 0 < by[TRUE_DES][f"{region}_halves"] < by["toy-faint"][f"{region}_halves"]
        assert by["toy-near"][f"{region}_halves"] == pytest.approx(by[TRUE_DES][f"{region}_halves"], rel=0.5)
        assert by["toy-near"][f"{region}_n"] == 54
    assert "12 first-order and GLCM features (not PyRadiomics)" in table.caption
    assert "54 breasts, 54 measurable lesions" in table.caption
    assert table.rows[0][0].text == "Real DES"


def test_every_method_and_the_truth_have_a_row_for_breast_and_lesion(runs):
    rows = read_csv(runs / "toy-near" / "fold-01" / "textures.csv", TEXTURE_COLUMNS)
    assert FEATURES == COMPUTED
    methods = {r["method"] for r in rows}
    assert methods == {"autoencoder", TRUE_DES, "reference-le", "reference-mask-mean", "reference-mean-des"}
    for method in methods:
        own = [r["lesion"] for r in rows if r["method"] == method]
        assert own.count("") == own.count("1") == 18


def test_runs_scored_before_are_told(runs, tmp_path):
    old = shutil.copytree(runs / "toy-near", tmp_path / "runs" / "toy-near")
    (old / "fold-00" / "textures.csv").unlink()
    table = textures_table(read_study([tmp_path / "runs"], None, 0))
    assert table.rows == ()
    assert "run vcem score again" in table.caption


def test_few_images_have_no_distance(tmp_path):
    store = hidden_store(tmp_path / "prepared")
    drawn_runs(tmp_path / "runs", store, 0.9 * np.asarray(store.y))
    for k in range(3):
        score_fold(tmp_path / "runs" / "toy-drawn" / f"fold-{k:02d}", store, hidden_folds(store))
    table = textures_table(read_study([tmp_path / "runs"], None, 0))
    assert [c.text for c in table.rows[1]][1:] == ["–"] * 4
