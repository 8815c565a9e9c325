import json
from dataclasses import replace

import pytest

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.covariance import Covariance
from vcem.stats.roe_metz import STRUCTURES, simulate
from vcem.study.imrmc import write_imrmc
from vcem.study.mrmc import lines, mrmc, plain, plan, read_study


def study(**changes):
    return simulate(replace(STRUCTURES["HH"], **changes), 3, 20, 20, rng_for(0, "mrmc"))


def test_json_names_treatments_and_readers_and_holds_no_nan():
    text = json.dumps(plain(mrmc(study(mu=(99.0, 99.0)), Covariance.JACKKNIFE)), allow_nan=False)
    found = json.loads(text)
    assert found["areas"]["1"] == {"1": 1.0, "2": 1.0, "3": 1.0}
    assert found["random_readers_random_cases"]["p"] is None
    assert found["dbm"]["mean_squares"]["trc"] == 0


def test_dbm_stands_beside_it_only_where_it_holds():
    ratings = study()
    assert mrmc(ratings, Covariance.JACKKNIFE).dbm
    assert mrmc(ratings, Covariance.DELONG).dbm is None
    assert mrmc(replace(ratings, patients=ratings.patients // 2), Covariance.JACKKNIFE).dbm is None
    assert mrmc(study(mu=(1.0,)), Covariance.JACKKNIFE).dbm is None


def test_a_plan_takes_the_studys_own_size_and_says_when_readers_lack():
    found = mrmc(study(), Covariance.JACKKNIFE)
    planned = plan(found, 0.05, None, None, 0.8)
    assert {(p.asked.readers, p.asked.cases) for p in planned} == {(3, 40)}
    text = lines(replace(found, plan=plan(found, 0.001, 3, 50, 0.8)))
    assert any("no number of cases gives 0.8" in line for line in text)


def test_a_plan_needs_two_treatments():
    with pytest.raises(UsageError, match="two treatments"):
        plan(mrmc(study(mu=(1.0,)), Covariance.JACKKNIFE), 0.05, None, None, 0.8)


def test_lines_of_one_treatment_hold_no_comparison():
    text = "\n".join(lines(mrmc(study(mu=(1.0,)), Covariance.JACKKNIFE)))
    assert "nan" not in text
    assert "F(" not in text


def test_the_ending_tells_the_format(tmp_path):
    write_imrmc(tmp_path / "s.imrmc", study())
    assert read_study(tmp_path / "s.imrmc").readers == ("1", "2", "3")
    with pytest.raises(UsageError, match="no column for reader"):
        read_study((tmp_path / "s.imrmc").rename(tmp_path / "s.csv"))


def test_where_nothing_varies_a_sentence_stands():
    text = "\n".join(lines(mrmc(study(mu=(99.0, 99.0)), Covariance.JACKKNIFE)))
    assert "there is no test" in text
    assert "no spread seen" in text
    assert "nan" not in text
    assert "inf" not in text


@pytest.mark.parametrize("covariance", Covariance)
def test_readers_who_agree_wholly_are_no_error(covariance):
    same = study()
    same = replace(same, scores=same.scores[:, :1].repeat(3, axis=1))
    text = "\n".join(lines(mrmc(same, covariance)))
    assert "nan" not in text
    assert "readers random, these cases: nothing varies" in text
