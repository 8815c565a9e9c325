from dataclasses import replace

import numpy as np
import pytest

from simulated import simulated_runs
from vcem.core.errors import UsageError
from vcem.report.strata import REST
from vcem.report.study import read_study, with_control
from vcem.report.truth_strata import _before, _verdict, control_table, strata_table, truth_dots
from vcem.stats.intervals import Interval


@pytest.fixture(scope="module")
def control(tmp_path_factory):
    return read_study([simulated_runs(tmp_path_factory.mktemp("control"), decoupled=True)], None, seed=0)


def test_looks_of_few_lesions_stand_in_one_line_that_says_so(truth_study):
    truth = truth_study.truth
    table = strata_table(truth_study, truth, "look")
    assert {row[0].text for row in table.rows} == {REST}  # 8 patients: no look has five of both
    assert len(table.rows) == len(truth.methods)
    assert "put together: circumscribed, irregular and occult." in table.caption
    assert {row[2].text for row in table.rows} == {
        f"{int((truth.enhancing == 1).sum())} + {int((truth.enhancing == 0).sum())}"
    }
    assert truth_dots(truth_study, truth, "look") == ()


def test_looks_with_enough_lesions_have_a_line_and_a_column_each(truth_study):
    truth = truth_study.truth
    half = np.arange(len(truth.names)) % 2
    looks = tuple("occult" if k else "irregular" for k in half)
    more = replace(truth, looks=looks, enhancing=np.arange(len(looks)) // 2 % 2 * 1.0)
    assert min((more.enhancing[half == 0] == v).sum() for v in (0, 1)) >= 5
    table = strata_table(truth_study, more, "look")
    assert list(dict.fromkeys(row[0].text for row in table.rows)) == ["irregular", "occult"]  # occult comes last
    missed, invented = truth_dots(truth_study, more, "look")
    assert [c.title.split(",")[0] for c in invented.columns] == ["irregular", "occult"]
    records = {(r["look"], r["method"]): r for r in table.records}
    assert missed.lines[1].found[0].estimate == records["irregular", "pix2pix"]["missed"]


def test_densities_are_in_the_records(truth_study):
    table = strata_table(truth_study, truth_study.truth, "density")
    assert {r["density"] for r in table.records} == {"b", REST}


def test_only_the_occult_stratum_is_marked_above_chance():
    above = Interval(0.8, 0.6, 0.9)
    assert _before(above, "occult").mark == "worse"
    assert _before(above, "irregular").mark == ""
    assert _before(Interval(0.6, 0.4, 0.9), "occult").mark == ""


def test_the_shuffle_control_takes_a_copy_of_le_to_chance(truth_study, control):
    study = with_control(truth_study, control)
    table = control_table(study, study.control)
    verdicts = {row[0].text: row[-1].text for row in table.rows}
    assert verdicts["Autoencoder"] == verdicts["Pix2Pix"] == "at chance"
    assert verdicts["Acquired DES"] == "not known"


def test_a_coupled_cohort_is_no_control(truth_study):
    with pytest.raises(UsageError, match="no decoupled cohort"):
        with_control(truth_study, truth_study)
    with pytest.raises(UsageError, match="no decoupled cohort"):
        with_control(truth_study, replace(truth_study, truth=None))


@pytest.mark.parametrize(
    ("low", "high", "told"), [(0.4, 0.6, "at chance"), (0.51, 0.6, "not at chance"), (0.1, 0.49, "not at chance")]
)
def test_chance_is_half_within_the_interval(low, high, told):
    assert _verdict(Interval(0.5, low, high))[0] == told


def test_too_few_patients_decide_nothing():
    assert _verdict(Interval(0.5, float("nan"), float("nan")))[0] == "too few patients"
