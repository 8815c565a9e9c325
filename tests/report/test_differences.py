import pytest

from runs_tree import write_runs
from vcem.report.differences import differences_table, headline, verdicts
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


def test_verdicts_tell_lesions_beside_le_and_what_beats_every_reference(study):
    first, second, third = verdicts(study)
    assert first.mark == "better"
    assert first.words.startswith("finds more lesions than LE handed back, +")
    assert first.words.endswith("; beats all references on 4 of 4 metrics in the breast, on lesion contrast.")
    assert second.mark == "none"
    assert second.words.endswith("; beats all references on 0 of 4 metrics in the breast, not on lesion contrast.")
    assert str(third).startswith("CycleGAN: ")
    assert headline(study)[0] == "better"
    assert headline(study)[1].startswith("2 of 3 methods find more lesions than the LE image handed back: Autoencoder")


def test_a_method_that_only_looks_alike_does_not_work(tmp_path):
    runs = write_runs(tmp_path / "runs", ("small-cyclegan",), folds=2, quality={"small-cyclegan": 0.4})
    study = read_study([runs], None, 0)
    assert headline(study) == ("none", "CycleGAN was not shown to find more lesions than the LE image handed back.")
    assert verdicts(study)[0].words.startswith("not shown to find more lesions than LE handed back, ")
    assert ", corrected p " in verdicts(study)[0].words


def test_a_verdict_names_missing_folds(tmp_path):
    runs = write_runs(tmp_path / "runs", recipes=("small-pix2pix",), folds=3, patients=30)
    (runs / "small-pix2pix" / "fold-01" / "scores.csv").unlink()
    assert verdicts(read_study([runs], None, 0))[0].words.endswith("1 fold of 3 missing: 1.")


def test_too_few_patients_give_no_verdict(tmp_path):
    runs = write_runs(tmp_path / "runs", recipes=("small-pix2pix",), folds=2, patients=4)
    study = read_study([runs], None, 0)
    assert verdicts(study)[0].mark == "none"
    assert "too few patients" in verdicts(study)[0].words
    assert headline(study)[1].startswith("Too few lesions or patients to say")


def test_without_references_nothing_is_claimed(tmp_path):
    runs = write_runs(tmp_path / "runs", recipes=("small-pix2pix",), folds=2, patients=12)
    for path in runs.glob("*/*/*.csv"):
        path.write_text("".join(x for x in path.read_text().splitlines(keepends=True) if not x.startswith("reference")))
    _, _, mark, sentence = verdicts(read_study([runs], None, 0))[0]
    assert mark == "none"
    assert "nothing can be said of its worth" in sentence
