import numpy as np
import pytest

from runs_tree import write_runs
from vcem.core.errors import UsageError
from vcem.core.files import write_manifest
from vcem.report.external import FOLDS, INTERNAL, TOGETHER, external_table, read_external


@pytest.fixture
def validated(tmp_path):
    """A folder as vcem validate leaves it: worse on other women, and the mean of the folds a little better."""
    weaker = {"autoencoder": 0.5, "pix2pix": 0.45, "cyclegan": 0.4}
    out = write_runs(tmp_path / "out", folds=2, patients=20, quality=weaker)
    write_runs(tmp_path / "out" / "mean", folds=1, patients=20, quality={k: v + 0.05 for k, v in weaker.items()})
    write_manifest(out, "validation", {"warnings": ["images of machine(s) that it never saw: 9"]})
    return out


def test_each_method_stands_three_times(study, validated):
    table = external_table(study, read_external(validated, 0))
    own = {r["where"]: r for r in table.records if r["method"] == "autoencoder"}
    assert list(own) == [INTERNAL, FOLDS, TOGETHER]
    assert own[FOLDS]["ssim_breast"] < own[TOGETHER]["ssim_breast"] < own[INTERNAL]["ssim_breast"]
    assert all(np.isfinite(r["found_at_0.5"]) for r in own.values())
    assert table.notes == ("On the other data: images of machine(s) that it never saw: 9",)


def test_internal_figures_are_those_of_the_report(study, validated):
    record = external_table(study, read_external(validated, 0)).records[0]
    assert record["psnr_breast"] == pytest.approx(study.scores.of(record["method"], "psnr_breast").mean())


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match="vcem validate"):
        read_external(tmp_path, 0)
