from dataclasses import replace

import pytest

from simulated import simulated_runs
from vcem.core.errors import UsageError
from vcem.report.study import read_study, with_control
from vcem.report.truth_strata import _before, _verdict, control_table, strata_table
from vcem.stats.intervals import Interval


@pytest.fixture(scope="module")
def control(tmp_path_factory):
    return read_study([simulated_runs(tmp_path_factory.mktemp("control"), decoupled=True)], None, seed=0)


def test_every_look_has_every_method_and_the_occult_come_last(truth_study):
    table = strata_table(truth_study, truth_study.truth, "look")
    assert list(dict.fromkeys(row[0].text for row in table.rows)) == ["circumscribed", "irregular", "occult"]
    assert len(table.rows) == 3 * len(truth_study.truth.methods)
    assert {row[2].text.split(" + ")[0] for row in table.rows if row[0].text == "circumscribed"} == {"0"}


def test_densities_come_in_their_order(truth_study):
    table = strata_table(truth_study, truth_study.truth, "density")
    assert list(dict.fromkeys(row[0].text for row in table.rows)) == ["b", "c"]
    assert {r["density"] for r in table.records} == {"b", "c"}


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
