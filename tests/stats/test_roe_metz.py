import numpy as np
import pytest
from scipy.stats import binomtest

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.auc import empirical_auc
from vcem.stats.obuchowski_rockette import analyse
from vcem.stats.roe_metz import STRUCTURES, RoeMetz, simulate


def test_ratings_have_the_moments_of_the_model():
    model = RoeMetz((1.0, 2.0), 0.3, 0.2, 0.4, 0.3, 0.2, 0.1)
    found = simulate(model, 60, 300, 300, rng_for(0, "moments"))
    negative, positive = found.scores[:, :, ~found.truth], found.scores[:, :, found.truth]
    assert (positive.mean((1, 2)) - negative.mean((1, 2))).tolist() == pytest.approx([1, 2], abs=0.25)
    readers = negative.mean(2)
    assert np.cov(readers)[0, 1] == pytest.approx(0.3, abs=0.15)
    assert np.var(readers, axis=1).mean() == pytest.approx(0.5, abs=0.2)
    cases = negative.mean(1)
    assert np.cov(cases)[0, 1] == pytest.approx(0.4, abs=0.12)
    assert np.var(cases, axis=1).mean() == pytest.approx(0.7, abs=0.2)
    rest = negative - readers[:, :, None] - cases[:, None, :]
    assert rest.var() == pytest.approx(0.3, abs=0.03)


def test_mean_area_is_the_expected_one():
    model = STRUCTURES["HH"]
    areas = []
    for seed in range(150):
        study = simulate(model, 5, 30, 30, rng_for(seed, "area"))
        areas.append(empirical_auc(study.scores.reshape(-1, 60), study.truth).mean())
    assert np.mean(areas) == pytest.approx(model.area(0), abs=0.01)
    assert all(s.case + s.treatment_case + s.reader_case + s.error == pytest.approx(1) for s in STRUCTURES.values())


@pytest.mark.parametrize(
    ("structure", "studies"),
    [("HH", 200), *(pytest.param(structure, 800, marks=pytest.mark.slow) for structure in STRUCTURES)],
)
def test_a_true_null_is_rejected_as_often_as_promised(structure, studies):
    rejected = {"random": 0, "fixed readers": 0}
    for seed in range(studies):
        found = analyse(simulate(STRUCTURES[structure], 5, 50, 50, rng_for(seed, "null", structure)))
        rejected["random"] += found.random_readers_random_cases.p < 0.05
        rejected["fixed readers"] += found.fixed_readers_random_cases.p < 0.05
    found = binomtest(rejected["random"], studies).proportion_ci(0.99, "exact")
    assert found.low <= 0.05
    assert found.high >= 0.03  # Hillis' degrees of freedom are a little cautious (Hillis 2007, table 2)
    # readers do vary: to treat them as fixed promises too much about others
    if structure.endswith("H"):
        assert rejected["fixed readers"] > rejected["random"]


def test_same_seed_same_ratings():
    one, two, other = (simulate(STRUCTURES["LL"], 3, 5, 5, rng_for(s, "x")).scores for s in (0, 0, 1))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_impossible_models_are_refused():
    with pytest.raises(UsageError, match="impossible"):
        RoeMetz((1.0,), -0.1, 0, 0, 0, 0, 1)
    with pytest.raises(UsageError, match="impossible"):
        RoeMetz((), 0.1, 0, 0, 0, 0, 1)
