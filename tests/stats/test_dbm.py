from dataclasses import astuple, replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.formula.api import ols

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.auc import empirical_auc
from vcem.stats.dbm import analyse_pseudovalues, mean_squares, pseudovalues
from vcem.stats.obuchowski_rockette import analyse
from vcem.stats.roe_metz import STRUCTURES, simulate
from vcem.study.ratings import read_ratings


def study(seed=0, **changes):
    return simulate(replace(STRUCTURES["HH"], **changes), 4, 12, 10, rng_for(seed, "dbm"))


def test_mean_squares_equal_the_peer():
    values = rng_for(0, "anova").normal(0, 1, (2, 3, 4))
    i, j, k = (a.ravel() for a in np.indices(values.shape))
    data = {"y": values.ravel(), "t": i, "r": j, "c": k}
    assert np.allclose(astuple(mean_squares(values)), _peer(data))


def _peer(data):
    # with one value a cell the residual of the model without the three-way term is that term
    names = ["C(t)", "C(r)", "C(c)", "C(t):C(r)", "C(t):C(c)", "C(r):C(c)", "Residual"]
    table = sm.stats.anova_lm(ols("y ~ (C(t) + C(r) + C(c)) ** 2", pd.DataFrame(data)).fit())
    return [table.loc[n, "sum_sq"] / table.loc[n, "df"] for n in names]


@pytest.mark.parametrize("seed", range(6))
def test_it_gives_the_obuchowski_rockette_tests(seed):
    ratings = study(seed)
    dbm, other = analyse_pseudovalues(pseudovalues(ratings)), analyse(ratings)
    for mine, theirs in (
        (dbm.random_readers_random_cases, other.random_readers_random_cases),
        (dbm.random_readers_fixed_cases, other.random_readers_fixed_cases),
    ):
        assert mine.statistic == pytest.approx(theirs.statistic, rel=1e-9)
        assert mine.df2 == pytest.approx(theirs.df2, rel=1e-9)
        assert mine.p == pytest.approx(theirs.p, rel=1e-7)


def test_it_follows_where_cov2_is_below_cov3():
    below = 0
    for seed in range(8):
        ratings = study(seed, treatment_case=0.0, error=0.5)
        dbm, other = analyse_pseudovalues(pseudovalues(ratings)), analyse(ratings)
        below += dbm.mean_squares.tc < dbm.mean_squares.trc
        assert dbm.random_readers_random_cases.p == pytest.approx(other.random_readers_random_cases.p, rel=1e-7)
    assert below


def test_pseudovalues_keep_the_areas():
    ratings = study()
    areas = empirical_auc(ratings.scores.reshape(-1, 22), ratings.truth).reshape(2, 4)
    assert np.allclose(pseudovalues(ratings).mean(2), areas, atol=1e-12)


@pytest.mark.needs("shared")
def test_van_dyke_components(shared):
    found = analyse_pseudovalues(pseudovalues(read_ratings(shared / "vandyke.csv")))
    published = (0.00153500, 0.02724923, 0.00020040, 0.01197530, 0.01226473, 0.03997160)
    assert np.allclose(astuple(found.components), published, atol=5.01e-9, rtol=0)
    assert found.random_readers_random_cases.p == pytest.approx(0.05166569, abs=5.01e-9)


def test_it_refuses_patients_with_several_cases():
    ratings = study()
    with pytest.raises(UsageError, match="several cases"):
        pseudovalues(replace(ratings, patients=ratings.patients // 2))
