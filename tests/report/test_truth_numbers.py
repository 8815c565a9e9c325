from dataclasses import replace

import numpy as np
import pytest

from vcem.report.truth import ACQUIRED
from vcem.report.truth_numbers import above_chance, found_of, record_of, stacked, stacked_share, title_cell
from vcem.stats.intervals import Interval


@pytest.fixture
def every(truth_study):
    return np.ones(len(truth_study.truth.names), bool)


def test_a_method_that_sees_iodine_is_right_after_contrast_and_at_chance_before(truth_study, every):
    found = found_of(truth_study.truth, "pix2pix", every)
    assert found.missed.estimate == found.hallucinated.estimate == 0
    assert found.right.estimate == found.auc.estimate == 1
    assert found.auc_before.estimate == pytest.approx(0.5, abs=0.2)
    assert found.leak_auc.low > 0
    lit = truth_study.truth.enhancing == 1
    assert found.leak_iodine.estimate == pytest.approx(truth_study.truth.iodine[lit].mean(), abs=0.05)


def test_a_copy_of_le_gains_only_what_iodine_brightens(truth_study, every):
    found = found_of(truth_study.truth, "autoencoder", every)
    assert 0 < found.leak_iodine.estimate < 0.2
    assert 0 < found.missed.estimate < 1
    assert found.hallucinated.estimate > 0


def test_the_acquired_des_has_no_leak_test(truth_study, every):
    assert np.isnan(found_of(truth_study.truth, ACQUIRED, every).leak_auc.estimate)


def test_right_is_what_is_neither_missed_nor_hallucinated(truth_study, every):
    truth = truth_study.truth
    for method in truth.methods:
        found, lit = found_of(truth, method, every), (truth.enhancing == 1).sum()
        dark = truth.judged.sum() - lit
        wrong = found.missed.estimate * lit + found.hallucinated.estimate * dark
        assert found.right.estimate == pytest.approx(1 - wrong / truth.judged.sum())


def test_no_lesions_give_no_numbers(truth_study, every):
    found = found_of(truth_study.truth, "pix2pix", ~every)
    assert all(np.isnan(i.estimate) for i in vars(found).values())
    assert stacked(found.auc).text == stacked_share(found.missed).text == "–"


def test_a_method_without_a_fold_is_measured_on_the_others(truth_study, every):
    truth = truth_study.truth
    first = np.array([fold == 0 for fold, _, _ in truth.names])
    part = replace(
        truth, predicted=np.where(first, np.nan, truth.predicted), missed=np.where(first, np.nan, truth.missed)
    )
    found, wanted = found_of(part, "autoencoder", every), found_of(truth, "autoencoder", ~first)
    assert [i.estimate for i in vars(found).values()] == [i.estimate for i in vars(wanted).values()]
    assert not np.isnan(found.auc.estimate)


def test_cells_have_the_interval_below():
    assert stacked(Interval(0.512, 0.4, 0.61)).lines == ("0.40 to 0.61",)
    assert stacked_share(Interval(0.5, 0.25, 0.75)) == stacked_share(Interval(0.5, 0.25, 0.75))
    assert (stacked_share(Interval(0.5, 0.25, 0.75)).text, stacked_share(Interval(0.5, 0.25, 0.75)).lines) == (
        "50 %", ("25 to 75",),
    )  # fmt: skip
    assert stacked_share(Interval(0.5, float("nan"), float("nan"))).lines == ("no interval",)


def test_above_chance_needs_the_whole_interval():
    assert above_chance(Interval(0.7, 0.51, 0.9))
    assert not above_chance(Interval(0.7, 0.5, 0.9))
    assert not above_chance(Interval(0.7, float("nan"), float("nan")))


def test_names_and_records(truth_study):
    assert title_cell(truth_study, ACQUIRED).text == "Acquired DES"
    assert truth_study.title("pix2pix") == "Pix2Pix"
    assert record_of("m", {"auc": Interval(1, 2, 3)}) == {"method": "m", "auc": 1, "auc_low": 2, "auc_high": 3}
