from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest, multinomial

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.choice import Votes, bradley_terry, exchange_p, fit_strengths, tally, uniform_p
from vcem.stats.intervals import draw_patients

MODELS = ("autoencoder", "pix2pix", "cyclegan")


def votes(counts, patients=None, shown=None):
    chosen = np.repeat(np.arange(len(counts)), counts)
    shown = np.ones((chosen.size, len(counts)), bool) if shown is None else shown
    patients = np.arange(chosen.size) if patients is None else patients
    return Votes(MODELS[: len(counts)], chosen, shown, patients)


def weights(patients, resamples=300):
    return draw_patients(patients, resamples, rng_for(0, "votes"))


def test_the_papers_first_test_all_choose_cyclegan():
    every = votes([0, 0, 50])
    found = {t.model: t for t in tally(every, weights(50))}
    assert found["cyclegan"].votes.wilson.estimate == 1
    assert found["cyclegan"].p == binomtest(50, 50, 1 / 3).pvalue
    assert found["cyclegan"].p_adjusted == pytest.approx(3 * found["cyclegan"].p)
    assert uniform_p(every.counts, rng_for(0, "u")) == pytest.approx(3 * 3.0**-50)
    assert exchange_p(every, rng_for(0, "e"), 999) == 0.001
    best = bradley_terry(every, weights(50))[0]
    assert best.model == "cyclegan"
    assert 0.9 < best.strength.estimate < 1


@pytest.mark.parametrize("counts", [[3, 3, 4], [0, 1, 7], [5, 5], [1, 1, 6]])
def test_uniform_test_equals_a_list_of_all_outcomes(counts):
    n, m = sum(counts), len(counts)
    law = multinomial(n, [1 / m] * m)
    seen = law.pmf(counts)
    every = [law.pmf(o) for o in product(range(n + 1), repeat=m) if sum(o) == n]
    assert uniform_p(np.array(counts), rng_for(0, "u")) == pytest.approx(
        sum(p for p in every if p <= seen * (1 + 1e-9))
    )


def test_many_outcomes_are_drawn_and_never_give_zero():
    even, skewed = np.full(6, 40), np.array([90, 30, 30, 30, 30, 30])
    assert uniform_p(even, rng_for(0, "many")) > 0.9
    assert 0 < uniform_p(skewed, rng_for(0, "many")) < 1e-4


def test_readers_who_agree_on_a_patient_are_not_many_witnesses():
    # 6 patients, 10 readers who all say the same: chance on patients, near certainty if taken as 60 votes
    chosen = np.repeat([2, 2, 2, 0, 1, 2], 10)
    found = Votes(MODELS, chosen, np.ones((60, 3), bool), np.repeat(np.arange(6), 10))
    assert uniform_p(found.counts, rng_for(0, "u")) < 1e-5
    assert exchange_p(found, rng_for(0, "e")) > 0.1


def test_exchange_test_keeps_its_level():
    p = []
    for seed in range(200):
        rng = rng_for(seed, "level")
        liked = rng.integers(3, size=(12, 1))
        chosen = np.where(rng.random((12, 4)) < 0.7, liked, rng.integers(3, size=(12, 4))).ravel()
        p.append(exchange_p(Votes(MODELS, chosen, np.ones((48, 3), bool), np.repeat(np.arange(12), 4)), rng, 99))
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.11


def test_strengths_of_one_set_are_the_shares_of_votes():
    found = {r.model: r.strength for r in bradley_terry(votes([10, 30, 60]), weights(100), prior=0)}
    assert [found[m].estimate for m in MODELS] == pytest.approx([0.1, 0.3, 0.6], abs=1e-6)
    assert found["cyclegan"].low < 0.6 < found["cyclegan"].high


def test_strengths_come_back_from_simulated_pairs_and_triples():
    rng, truth = rng_for(3, "luce"), np.array([0.2, 0.3, 0.5])
    sets = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1]], bool)
    shown = sets[rng.integers(4, size=4000)]
    p = truth * shown
    chosen = (rng.random((4000, 1)) > np.cumsum(p / p.sum(1, keepdims=True), 1)).sum(1)
    found = bradley_terry(Votes(MODELS, chosen, shown, np.arange(4000)), weights(4000, 50), prior=0)
    assert [r.model for r in found] == ["cyclegan", "pix2pix", "autoencoder"]
    assert [r.strength.estimate for r in found] == pytest.approx([0.5, 0.3, 0.2], abs=0.03)


def test_fit_solves_the_likelihood_equations():
    wins = np.array([[7.0, 11, 4]])
    sets = np.array([[1, 1, 0], [0, 1, 1], [1, 1, 1]], bool)
    stood = np.array([[9.0, 6, 7]])
    s = fit_strengths(wins, stood, sets, 0.0)[0]
    expected_wins = [sum(stood[0, k] * s[i] / s[sets[k]].sum() for k in range(3) if sets[k, i]) for i in range(3)]
    assert expected_wins == pytest.approx(wins[0].tolist(), abs=1e-5)


def test_the_prior_is_half_a_vote_each_way_against_one_more_model():
    found = fit_strengths(np.array([[0.0, 9]]), np.array([[9.0]]), np.array([[True, True]]), 0.5)[0]
    sets = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]], bool)
    spelt_out = fit_strengths(np.array([[0.5, 9.5, 1]]), np.array([[9.0, 1, 1]]), sets, 0.0)[0]
    assert found[0] / found[1] == pytest.approx(spelt_out[0] / spelt_out[1], rel=1e-4)


def test_without_a_prior_endless_strength_is_refused():
    with pytest.raises(UsageError, match="no finite estimate"):
        bradley_terry(votes([0, 5, 5]), weights(10), prior=0)


def test_sets_of_different_size_get_no_chance_level():
    shown = np.array([[1, 1, 0]] * 5 + [[1, 1, 1]] * 5, bool)
    mixed = Votes(MODELS, np.zeros(10, np.int64), shown, np.arange(10))
    assert all(np.isnan(t.p) and np.isnan(t.p_adjusted) for t in tally(mixed, weights(10)))
    assert [t.votes.trials for t in tally(mixed, weights(10))] == [10, 10, 5]
    with pytest.raises(UsageError, match="different sets"):
        exchange_p(mixed, rng_for(0, "e"))


@pytest.mark.parametrize(("chosen", "shown", "message"), [
    ([], np.ones((0, 3), bool), "no votes"),
    ([2], np.array([[True, True, False]]), "not shown"),
    ([0], np.array([[True, False, False]]), "one image"),
])  # fmt: skip
def test_impossible_votes_are_refused(chosen, shown, message):
    with pytest.raises(UsageError, match=message):
        Votes(MODELS, np.array(chosen, np.int64), shown, np.arange(len(chosen)))
