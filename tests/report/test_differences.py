import numpy as np
import pytest

from runs_tree import write_runs
from vcem.report.differences import differences_table, verdicts
from vcem.report.study import read_study


def test_differences_have_interval_p_and_words(study):
    table = differences_table(study, "inside the breast")
    cell = next(row for row in table.rows if row[0].text == "CycleGAN − mean DES")[4]
    assert cell.text.startswith("−0.0")
    assert " to " in cell.lines[0]
    assert cell.lines[1].endswith(", worse")
    assert cell.mark == "worse"


@pytest.mark.parametrize(("region", "size"), [("whole image", 48), ("inside the breast", 48), ("in the lesion", 36)])
def test_every_pair_and_metric_is_one_family(study, region, size):
    table = differences_table(study, region)
    assert len(table.rows) == 12
    assert len(table.records) == size
    assert f"Holm's correction over the {size} comparisons of this table" in table.caption
    assert all(r["p_holm"] >= r["p"] for r in table.records)


def test_a_difference_is_the_mean_over_common_images(study):
    record = next(r for r in differences_table(study, "whole image").records
                  if (r["first"], r["second"], r["metric"]) == ("autoencoder", "pix2pix", "PSNR"))  # fmt: skip
    paired = study.scores.of("autoencoder", "psnr") - study.scores.of("pix2pix", "psnr")
    assert record["difference"] == pytest.approx(paired.mean())
    assert (record["n"], record["patients"], record["outcome"]) == (80, 40, "better")


def test_verdicts_say_how_many_metrics_are_won(study):
    found = verdicts(study)
    assert found[0][0] == "better"
    assert "4 of 4 metrics over the whole image (MSE, PSNR, VIF and SSIM); " in found[0][1]
    assert "; the contrast of lesions. It misses 2 of 32 enhancing lesions and hallucinates" in found[0][1]
    assert found[1][0] == "worse"
    assert found[1][1].startswith(
        "Pix2Pix beats every trivial reference on none of 4 metrics over the whole image; none of 4 metrics inside the "
        "breast; not the contrast of lesions. It misses "
    )


def test_a_verdict_names_missing_folds(tmp_path):
    runs = write_runs(tmp_path / "runs", recipes=("small-pix2pix",), folds=3, patients=30)
    (runs / "small-pix2pix" / "fold-01" / "scores.csv").unlink()
    assert verdicts(read_study([runs], None, 0))[0][1].endswith("1 fold of 3 missing: 1.")


def test_the_le_image_is_told_on_the_lesions_of_the_method(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=3, patients=24)
    (runs / "small-cyclegan" / "fold-01" / "scores.csv").unlink()
    (runs / "small-cyclegan" / "fold-01" / "lesions.csv").unlink()
    study = read_study([runs], None, 0)
    folds = np.array([fold for fold, _, _ in study.lesions.names])
    whole, short = study.lesions.enhancing.sum(), (study.lesions.enhancing & (folds != 1)).sum()
    assert short < whole
    assert verdicts(study)[0][1].count(f"of {whole} enhancing lesions") == 2
    assert verdicts(study)[2][1].count(f"of {short} enhancing lesions") == 2


def test_too_few_patients_give_no_verdict(tmp_path):
    runs = write_runs(tmp_path / "runs", recipes=("small-pix2pix",), folds=2, patients=4)
    mark, sentence = verdicts(read_study([runs], None, 0))[0]
    assert mark == "none"
    assert "too few patients" in sentence


def test_without_references_nothing_is_claimed(tmp_path):
    runs = write_runs(tmp_path / "runs", recipes=("small-pix2pix",), folds=2, patients=12)
    for path in runs.glob("*/*/*.csv"):
        path.write_text("".join(x for x in path.read_text().splitlines(keepends=True) if not x.startswith("reference")))
    mark, sentence = verdicts(read_study([runs], None, 0))[0]
    assert mark == "none"
    assert "nothing can be said of its worth" in sentence
