"""Published powers (RJafroc, SsPowerGivenJK) from the published variance components of the Van Dyke study."""

import pytest

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.obuchowski_rockette import Components, analyse
from vcem.stats.power import Generalises, Pilot, cases_needed, power
from vcem.stats.roe_metz import RoeMetz, simulate
from vcem.study.ratings import read_ratings

PILOT = Pilot(Components(0.00153500, 0.00020040, 0.00080229, 0.00034661, 0.00034407, 0.00023903), 114)
EFFECT = -0.043800322
PUBLISHED = [
    (Generalises.READERS_AND_CASES, 165, 0.80541995, 8.209597, 62.70728),
    (Generalises.CASES, 131, 0.80091813, 7.867272, float("inf")),
    (Generalises.READERS, 53, 0.80496663, 10.048716, 9),
]


@pytest.mark.parametrize(("to", "cases", "expected", "ncp", "df2"), PUBLISHED)
def test_published_power(to, cases, expected, ncp, df2):
    found = power(PILOT, 10, cases, EFFECT, to)
    # the components are published to 5 digits, and so the power
    assert found.power == pytest.approx(expected, abs=3e-5)
    assert found.noncentrality == pytest.approx(ncp, rel=1e-4)
    assert found.df2 == pytest.approx(df2, rel=3e-4)


@pytest.mark.needs("shared")
@pytest.mark.parametrize(("to", "cases", "expected", "ncp", "df2"), PUBLISHED)
def test_published_power_to_all_digits(shared, to, cases, expected, ncp, df2):
    pilot = Pilot(analyse(read_ratings(shared / "vandyke.csv")).components, 114)
    found = power(pilot, 10, cases, EFFECT, to)
    assert found.power == pytest.approx(expected, abs=5.01e-9)
    assert found.noncentrality == pytest.approx(ncp, abs=5.01e-7)
    assert found.df2 == pytest.approx(df2, abs=5.01e-6)


@pytest.mark.parametrize("to", Generalises)
def test_the_cases_needed_are_the_fewest(to):
    found = cases_needed(PILOT, 10, EFFECT, 0.8, to)
    assert found.power >= 0.8
    assert power(PILOT, 10, found.cases - 1, EFFECT, to).power < 0.8


def test_more_readers_cases_or_effect_never_lower_it():
    at = [power(PILOT, j, k, e).power for j, k, e in ((5, 100, 0.04), (6, 100, 0.04), (6, 120, 0.04), (6, 120, 0.05))]
    assert at == sorted(at)
    assert power(PILOT, 5, 100, 0.04).power == power(PILOT, 5, 100, -0.04).power


def test_too_few_readers_are_told():
    assert cases_needed(PILOT, 3, 0.01, 0.8) is None


@pytest.mark.parametrize(
    "plan",
    [
        (1, 100, 0.05),
        (5, 1, 0.05),
        (5, 100, 0.0),
        (5, 100, float("nan")),
        (5, 100, float("-inf")),
        (5, 100, 1.5),
        (10**400, 100, 0.05),
        (5, 10**400, 0.05),
    ],
)
def test_an_impossible_plan_is_refused(plan):
    with pytest.raises(UsageError, match="cannot be planned"):
        power(PILOT, *plan)


@pytest.mark.parametrize("target", [0.0, 0.05, 1.0, 80.0, float("nan")])
def test_an_impossible_target_is_refused(target):
    with pytest.raises(UsageError, match="power of"):
        cases_needed(PILOT, 5, 0.05, target)


def test_predicted_power_is_what_simulated_studies_reach():
    model = RoeMetz((1.0, 1.5), 0.01, 0.01, 0.3, 0.2, 0.2, 0.3)
    effect = model.area(0) - model.area(1)
    big = analyse(simulate(model, 40, 600, 600, rng_for(1, "pilot"))).components
    predicted = power(Pilot(big, 1200), 5, 80, effect).power
    trials = [analyse(simulate(model, 5, 40, 40, rng_for(n, "power"))) for n in range(200)]
    reached = sum(t.random_readers_random_cases.p < 0.05 for t in trials) / 200
    assert 0.3 < predicted < 0.95
    assert abs(reached - predicted) < 0.11  # 200 studies: 0.035 standard error, and a pilot of its own
