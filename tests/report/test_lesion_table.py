import numpy as np
import pytest
from scipy import stats

from runs_tree import write_runs
from vcem.metrics import lesion as rule
from vcem.report.lesion_table import lesion_table
from vcem.report.study import read_study


@pytest.fixture(scope="module")
def table(study):
    return lesion_table(study)


def record(table, method):
    return next(r for r in table.records if r["method"] == method)


def test_counts_and_rule_are_stated(study, table):
    enhancing = int(study.lesions.enhancing.sum())
    assert "40 outlined lesions on the test images of 20 patients" in table.caption
    assert f"of which {enhancing} enhance" in table.caption
    assert str(rule.ENHANCING_CONTRAST) in table.notes[0]
    assert table.rows[0][7].text == f"{enhancing} enhance"


def test_numbers_agree_with_their_definitions(study, table):
    k = study.lesions.methods.index("cyclegan")
    truth, made = study.lesions.truth, study.lesions.predicted[k]
    found = record(table, "cyclegan")
    assert found["contrast_error"] == pytest.approx(np.abs(made - truth).mean())
    assert found["contrast_bias"] == pytest.approx((made - truth).mean())
    assert found["pearson"] == pytest.approx(stats.pearsonr(truth, made).statistic)
    assert found["spearman"] == pytest.approx(stats.spearmanr(truth, made).statistic)
    assert found["slope"] == pytest.approx(stats.linregress(truth, made).slope)
    assert found["missed"] == pytest.approx((made < truth / 2)[study.lesions.enhancing].mean())
    assert found["hallucinated"] == pytest.approx(study.scores.of("cyclegan", "hallucinated").mean())


def test_an_image_without_contrast_misses_all_and_correlates_with_nothing(table):
    row = next(r for r in table.rows if r[0].text == "Reference: mask × mean")
    assert [c.text for c in row[3:5]] == ["–", "–"]
    assert row[7].text.startswith("100 % (")
    assert not row[7].text.endswith("(100 to 100 %)")


def test_a_method_that_lights_up_more_than_nothing_is_marked(table):
    row = next(r for r in table.rows if r[0].text == "CycleGAN")
    assert row[8].mark == "worse"
    assert "worse than mask × mean and mean DES" in row[8].lines[0]


def test_no_lesion_gives_an_empty_table(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=2, patients=6)
    for path in runs.glob("*/*/lesions.csv"):
        path.unlink()
    found = lesion_table(read_study([runs], None, 0))
    assert found.rows == ()
    assert "0 outlined lesions" in found.caption
