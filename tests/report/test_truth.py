from dataclasses import replace

import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.report.runs import find_runs
from vcem.report.truth import ACQUIRED, collect_truth, read_table

LEARNED = ("autoencoder", "pix2pix")


@pytest.fixture
def truth(truth_study):
    return truth_study.truth


def test_every_lesion_of_every_method_is_there(truth):
    assert truth.methods == (*LEARNED, "reference-le", "reference-mask-mean", "reference-mean-des", ACQUIRED)
    assert len(truth.names) == 32 == truth.judged.sum()
    assert truth.predicted.shape == (6, 32)
    assert not np.isnan(truth.predicted).any()
    assert np.isnan(truth.before).all(axis=1).tolist() == [False] * 5 + [True], "DES has no image before contrast"


def test_missed_and_hallucinated_belong_to_their_lesions(truth):
    lit = truth.enhancing == 1
    assert np.isnan(truth.missed[:, ~lit]).all()
    assert np.isnan(truth.hallucinated[:, lit]).all()
    k = truth.methods.index(ACQUIRED)
    assert truth.missed[k, lit].sum() == truth.hallucinated[k, ~lit].sum() == 0


def test_curves_are_summed_over_folds(truth):
    curve = truth.curves["pix2pix"]
    assert (curve.lesions, curve.images) == (float((truth.enhancing == 1).sum()), 32)
    assert curve.found[2] == curve.lesions


def test_the_oracle_shows_what_is_likelier_than_not(truth):
    assert {look for look, shown in zip(truth.looks, truth.oracle_shows, strict=True) if shown} == {"irregular"}


def test_the_ceiling_is_that_of_the_joint_table(truth):
    assert truth.ceiling.given.occult == pytest.approx(0.15 / 0.55)
    assert truth.ceiling.given.sensitivity == pytest.approx(0.4 / 0.55)
    assert not truth.decoupled


def test_without_priors_there_is_no_ceiling(truth):
    bare = replace(truth, table=())
    assert bare.ceiling is None
    assert not bare.decoupled


def test_runs_without_truth_have_none(work):
    runs, _ = find_runs([work / "runs"])
    assert collect_truth(runs, (), np.ones((1, 1)), ()) is None


def test_a_mixture_is_refused(simulated):
    runs, _ = find_runs([simulated])
    with pytest.raises(UsageError, match="scored without truth"):
        collect_truth([replace(runs[0], truth=None), *runs[1:]], (), np.ones((1, 1)), ())


def test_a_damaged_joint_table_is_told():
    with pytest.raises(UsageError, match="joint table"):
        read_table([{"kind": "idc"}])
