import json
from dataclasses import replace

import numpy as np
import pytest

from hidden_lesions import drawn_runs, hidden_folds, hidden_store
from vcem.core.errors import UsageError
from vcem.core.files import read_json, write_json
from vcem.core.terms import Protocol
from vcem.score.held_out import digest_of, held_out, refuse_leaks, runs_by_recipe


@pytest.fixture
def store(tmp_path):
    return hidden_store(tmp_path / "prepared")


@pytest.fixture
def runs(store, tmp_path):
    return drawn_runs(tmp_path / "runs", store, 0.5 * store.y)


def of(runs):
    return runs_by_recipe([runs])["toy-drawn"]


def test_every_pair_comes_from_the_network_that_tests_it(store, runs):
    assert np.array_equal(held_out(of(runs), store, hidden_folds(store)), 0.5 * store.y)


def test_a_network_that_learned_from_whom_it_tests_is_refused(store, runs):
    path = runs / "toy-drawn" / "fold-01" / "run.json"
    facts = read_json(path, "run")
    write_json(path, facts | {"learned_from": {"patients": [*facts["learned_from"]["patients"], "P3"]}})
    with pytest.raises(UsageError, match=r"learned from 1 patient\(s\) whom it tests, the first is P3"):
        held_out(of(runs), store, hidden_folds(store))
    write_json(path, {k: v for k, v in facts.items() if k != "learned_from"})
    with pytest.raises(UsageError, match="does not say which patients"):
        held_out(of(runs), store, hidden_folds(store))


def test_pairs_that_no_fold_tested_are_named(store, runs):
    with pytest.raises(UsageError, match=r"4 of 12 pairs have no virtual DES .* runs of fold 0, 1\."):
        held_out(of(runs)[:2], store, hidden_folds(store))


def test_runs_without_predictions_or_of_other_folds_are_refused(store, runs):
    (runs / "toy-drawn" / "fold-02" / "predictions" / "manifest.json").unlink()
    with pytest.raises(UsageError, match="has no predictions"):
        held_out(of(runs), store, hidden_folds(store))
    other = replace(hidden_folds(store), folds=hidden_folds(store).folds[::-1])
    with pytest.raises(UsageError, match="another fold"):
        held_out(of(runs), store, other)


def test_two_runs_of_one_fold_and_none_at_all_are_refused(store, runs, tmp_path):
    drawn_runs(tmp_path / "again", store, store.y)
    with pytest.raises(UsageError, match="several runs of one fold"):
        runs_by_recipe([runs, tmp_path / "again"])
    with pytest.raises(UsageError, match="No run in"):
        runs_by_recipe([store.folder])


def test_the_papers_folds_are_refused(store):
    with pytest.raises(UsageError, match="folds by patient"):
        refuse_leaks(store, replace(hidden_folds(store), protocol=Protocol.PAPER))


def test_the_digest_names_the_images(store, runs, tmp_path):
    other = drawn_runs(tmp_path / "other", store, 0.4 * store.y)
    assert digest_of(of(runs)) == digest_of(of(runs)) != digest_of(of(other))
    assert json.dumps(digest_of(of(runs)))
