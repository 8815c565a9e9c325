import hashlib

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from vcem.core.errors import UsageError
from vcem.core.terms import Protocol
from vcem.data.splits import Member, paper_folds, strict_folds


def members(patients=30, seed=0):
    rng = np.random.default_rng(seed)
    return [
        Member(f"P{p}_{side}_{view}", f"P{p}", f"{'abcd'[p % 4]} {view}")
        for p in range(patients)
        for side in "LR"
        for view in ("CC", "MLO")
        if rng.random() < 0.8
    ]


def test_the_papers_draw_is_scikit_learns_train_test_split_twice():
    pairs = [f"P{i}_L_CC" for i in range(103)]
    for k, fold in enumerate(paper_folds(pairs).folds):
        rest, test = train_test_split(pairs, test_size=0.1, random_state=k)
        train, val = train_test_split(rest, test_size=0.1, random_state=k)
        assert (list(fold.train), list(fold.val), list(fold.test)) == (train, val, test)


@pytest.mark.needs("shared")
def test_the_authors_ten_splits_come_back_in_content_and_order(shared):
    lines = (shared / "cesm-ucbm-pairs.tsv").read_text().splitlines()[1:]
    ids = [line.split("\t")[0] for line in lines]
    assert hashlib.sha256("\n".join(ids).encode()).hexdigest().startswith("7617ba2176f1c4d7")
    folds = paper_folds(ids).folds
    assert [(len(f.train), len(f.val), len(f.test)) for f in folds] == [(460, 52, 57)] * 10
    tested = [p for f in folds for p in f.test]
    counts = np.bincount([tested.count(p) for p in ids])
    assert counts.tolist() == [191, 237, 100, 32, 8, 1]  # how often a pair is tested, counted from the authors' files


def test_too_few_pairs_are_refused():
    with pytest.raises(UsageError, match="9 pairs"):
        paper_folds([str(i) for i in range(9)])


@pytest.mark.parametrize("folds", [2, 5, 10])
def test_strict_folds_keep_patients_whole_and_test_every_pair_once(folds):
    everyone = members()
    made = strict_folds(everyone, folds, seed=0)
    patient = {m.pair: m.patient for m in everyone}
    assert sorted(p for f in made.folds for p in f.test) == sorted(patient)
    for fold in made.folds:
        parts = [{patient[p] for p in part} for part in (fold.train, fold.val, fold.test)]
        assert all(parts)
        assert not parts[0] & parts[1] | parts[0] & parts[2] | parts[1] & parts[2]
        assert sorted((*fold.train, *fold.val, *fold.test)) == sorted(patient)


def test_strict_folds_balance_density():
    everyone = members(80)
    share = {m.pair: m.stratum for m in everyone}
    for fold in strict_folds(everyone, 5, seed=0).folds:
        dense = np.mean([share[p].startswith("d") for p in fold.test])
        assert 0.15 < dense < 0.35


def test_the_seed_decides():
    assert strict_folds(members(), 5, 0) == strict_folds(members(), 5, 0)
    assert strict_folds(members(), 5, 0) != strict_folds(members(), 5, 1)


@pytest.mark.parametrize(("patients", "folds"), [(4, 5), (2, 2), (30, 1)])
def test_impossible_folds_are_refused(patients, folds):
    with pytest.raises(UsageError, match="patients cannot make"):
        strict_folds([Member(f"P{i}_L_CC", f"P{i}") for i in range(patients)], folds, 0)


def test_the_protocol_is_written_down():
    assert strict_folds(members(), 5, 0).protocol is Protocol.STRICT
    assert paper_folds([m.pair for m in members()]).protocol is Protocol.PAPER
