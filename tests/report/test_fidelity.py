import shutil

import numpy as np
import pytest

from runs_tree import write_runs
from vcem.core.errors import UsageError
from vcem.core.files import read_csv
from vcem.report.fidelity import intervals_dots, intervals_table, table_4_1, table_4_2
from vcem.report.study import read_study
from vcem.stats.summary import over_folds


def cells(table, name):
    return next(row for row in table.rows if row[0].text == name)


def test_table_4_1_is_mean_and_sd_of_fold_means_computed_by_hand(work, study):
    means = [
        np.mean([float(r["psnr"]) for r in read_csv(path) if r["method"] == "autoencoder"])
        for path in sorted((work / "runs" / "small-autoencoder").glob("*/scores.csv"))
    ]
    cell = cells(table_4_1(study, "whole image"), "Autoencoder")[2]
    assert cell.text == f"{np.mean(means):.2f} ± {np.std(means, ddof=1):.2f}"


def test_the_papers_figures_stand_beside_and_its_caveat_below(study):
    table = table_4_1(study, "whole image")
    assert "paper: 0.1129 ± 0.0106" in cells(table, "Pix2Pix")[3].lines
    assert "Data, protocol and resolution differ" in table.caption
    assert "misprint" in table.notes[0]
    breast = table_4_1(study, "inside the breast")
    assert not any("paper:" in line for row in breast.rows for cell in row for line in cell.lines)


@pytest.mark.parametrize("region", ["whole image", "inside the breast"])
def test_who_does_not_beat_the_references_is_marked_so(study, region):
    table = table_4_1(study, region)
    won, level, lost = (cells(table, m)[1] for m in ("Autoencoder", "Pix2Pix", "CycleGAN"))
    assert (won.mark, won.lines[-1]) == ("better", "beats all references")
    assert (level.mark, level.lines[-1]) == ("none", "no better than mean DES")
    assert (lost.mark, lost.lines[-1]) == ("worse", "worse than mean DES")


def test_references_stand_in_every_table(study):
    for table in (*(make(study, region) for make in (table_4_1, table_4_2, intervals_table)
                    for region in ("whole image", "inside the breast")),):  # fmt: skip
        names = {row[0].text for row in table.rows}
        assert {"Reference: LE image", "Reference: mask × mean", "Reference: mean DES"} < names
        assert table.stamp == study.stamp


def test_a_missing_fold_is_shown(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=3, patients=30)
    shutil.rmtree(runs / "small-cyclegan" / "fold-01")
    table = table_4_1(read_study([runs], None, 0), "whole image")
    short, whole = (cells(table, m) for m in ("CycleGAN", "Autoencoder"))
    assert [c.text for c in short[5:]] == ["2 of 3", "40", "20"]
    assert short[5].mark == "worse"
    assert [c.text for c in whole[5:]] == ["3 of 3", "60", "30"]


def test_table_4_2_counts_and_tests_by_density(study):
    table = table_4_2(study, "whole image")
    own = [row for row in table.rows if row[0].text == "Pix2Pix"]
    assert [row[1].text for row in own] == ["a", "b", "c", "d", "p, patients", "p, folds"]
    images = [int(row[-2].text) for row in own[:4]]
    assert images == [int((study.scores.densities == c).sum()) for c in range(4)]
    assert table.notes == (f"{80 - sum(images)} test images have no known density and are in no row.",)
    assert "paper: 0.0034 ± 0.0014" in own[0][2].lines


def test_kruskal_wallis_by_patients_has_a_value_a_patient(study):
    records = [r for r in table_4_2(study, "whole image").records if r["density"] == "Kruskal-Wallis p, patients"]
    known = {i.patient for i in study.scores.items if i.density}
    assert all(sum(map(int, r["sizes"].split())) == len(known) for r in records)


def test_a_density_with_few_patients_is_not_called_equal(study):
    table = table_4_2(study, "whole image")
    few = next(row for row in table.rows if row[0].text == "Autoencoder" and row[1].text == "d")
    assert few[2].lines[-1] == "too few patients to compare"
    assert few[2].mark == ""


def test_intervals_hold_mean_and_median_over_images(study):
    record = next(r for r in intervals_table(study, "inside the breast").records if r["metric"] == "SSIM")
    values = study.scores.of("autoencoder", "ssim_breast")
    assert record["mean"] == pytest.approx(values.mean())
    assert record["median"] == pytest.approx(np.median(values))
    assert record["low"] < record["mean"] < record["high"]


def test_records_hold_what_the_page_rounds(study):
    records = table_4_1(study, "whole image").records
    record = next(r for r in records if (r["method"], r["metric"]) == ("cyclegan", "VIF"))
    found = over_folds(study.scores.of("cyclegan", "vif"), study.scores.folds)
    assert (record["mean"], record["sd_over_folds"], record["folds"]) == (found.mean, found.sd, 5)


def test_a_table_without_a_metric_is_refused_by_its_name(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=2, patients=12)
    for path in runs.glob("*/*/scores.csv"):
        path.write_text(path.read_text().replace(",vif,", ",other,"))
    with pytest.raises(UsageError, match="lacks the columns vif"):
        read_study([runs], None, 0)


def test_dots_of_intervals_are_those_of_the_table(study):
    dots = intervals_dots(study, "inside the breast")
    records = {(r["method"], r["metric"]): r for r in intervals_table(study, "inside the breast").records}
    assert dots.name == intervals_table(study, "inside the breast").name
    psnr = next(k for k, c in enumerate(dots.columns) if c.title.startswith("PSNR"))
    found = dots.lines[1].found[psnr]
    record = records["pix2pix", "PSNR"]
    assert (found.estimate, found.low, found.high) == pytest.approx([record[n] for n in ("mean", "low", "high")])
