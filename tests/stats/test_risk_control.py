import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.stats.risk_control import Bound, factor_of, holds, least_patients


def test_how_many_patients_a_bound_needs_even_without_an_error():
    """(1 - alpha)^n <= delta for Hoeffding, 1 / (n + 1) <= alpha for the mean over calibrations."""
    assert least_patients(0.1, 0.1, Bound.HOEFFDING_BENTKUS) == 22
    assert least_patients(0.1, 0.1, Bound.EXPECTED) == 9
    assert least_patients(0.1, 0.1, Bound.BETTING) == 25


@pytest.mark.parametrize("bound", [Bound.BETTING, Bound.HOEFFDING_BENTKUS])
def test_the_true_risk_is_seldom_above_what_was_promised(bound):
    """Losses fall with the factor as u^factor does; the true risk is then the mean of a Beta variable."""
    factors = np.linspace(0.5, 30, 60)
    risks = 1 / (1 + factors)  # of uniform u
    failed = 0
    for k in range(200):
        u = rng_for(0, "risk", k).uniform(size=60)
        found = factor_of(u[:, None] ** factors, factors, 0.2, 0.1, bound)
        failed += found is not None and risks[np.searchsorted(factors, found)] > 0.2
    assert failed <= 0.1 * 200


def test_the_mean_over_calibrations_keeps_its_promise_closely():
    factors = np.linspace(0.5, 30, 600)
    draws = (rng_for(1, "risk", k).uniform(size=60)[:, None] ** factors for k in range(300))
    risks = [1 / (1 + factor_of(losses, factors, 0.2, 0.1, Bound.EXPECTED)) for losses in draws]
    assert 0.17 < np.mean(risks) <= 0.2


def test_losses_that_are_alike_need_less_room_by_betting():
    alike = np.full(100, 0.07)
    assert holds(alike, 0.1, 0.1, Bound.BETTING)
    assert not holds(alike, 0.1, 0.1, Bound.HOEFFDING_BENTKUS)


def test_no_factor_where_the_largest_is_not_enough():
    assert factor_of(np.full((50, 3), 0.5), np.arange(1.0, 4), 0.1, 0.1, Bound.EXPECTED) is None
