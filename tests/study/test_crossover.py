from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.intervals import draw_patients
from vcem.study.crossover import _exchanges, carry_over_p, crossover, washout_days

TREATMENT, SESSION = np.array([0.0, 0.5, 0.8]), np.array([0.0, 0.2, 0.4])


def study(seed=0, readers=3, cases=60, sessions=3, carried=0.0, unequal=False):
    """Values and treatments of a Latin square; `carried` is added by treatment 1 to whatever comes after it."""
    rng = rng_for(seed, "crossover")
    block = np.arange(cases) % sessions if not unequal else np.minimum(np.arange(cases) // 10, sessions - 1)
    group = np.arange(readers)
    shown = (block[None, :, None] + group[:, None, None] + np.arange(sessions)) % sessions
    values = (
        rng.normal(0, 1, (1, cases, 1)) + rng.normal(0, 0.5, (readers, 1, 1)) + TREATMENT[shown]
        + SESSION[:sessions] + rng.normal(0, 0.3, shown.shape)
    )  # fmt: skip
    values[:, :, 1:] += carried * (shown[:, :, :-1] == 1)
    return values, shown, np.arange(cases) % 2


def analyse(values, shown, groups, resamples=300):
    weights = draw_patients(values.shape[1], resamples, rng_for(0, "weights"))
    return crossover(values, shown, groups, weights, rng_for(0, "test"))


@pytest.mark.parametrize("unequal", [False, True])
def test_treatment_and_session_are_parted(unequal):
    found = analyse(*study(unequal=unequal))
    for effect, true in zip((*found.treatments, *found.sessions), (0.5, 0.8, 0.2, 0.4), strict=True):
        assert effect.estimate == pytest.approx(true, abs=0.12)
        assert effect.low < effect.estimate < effect.high


def test_two_sessions_give_the_textbook_effects():
    values, shown, groups = study(sessions=2)
    found = analyse(values, shown, groups)
    d, a_first = values[:, :, 0] - values[:, :, 1], shown[:, :, 0] == 0
    mean_a, mean_b = d[a_first].mean(), d[~a_first].mean()
    assert found.treatments[0].estimate == pytest.approx(-(mean_a - mean_b) / 2)
    assert found.sessions[0].estimate == pytest.approx(-(mean_a + mean_b) / 2)


def test_intervals_cover():
    covered = 0
    for seed in range(100):
        found = analyse(*study(seed, cases=30), resamples=200)
        covered += found.treatments[0].low <= 0.5 <= found.treatments[0].high
    assert 0.86 <= covered / 100 <= 1


def test_what_is_carried_over_is_seen():
    values, shown, groups = study(cases=300, carried=1.5)
    assert carry_over_p(values, shown, groups, rng_for(0, "p")) < 0.05


def test_no_carry_over_is_rejected_as_often_as_promised():
    rejected = sum(carry_over_p(*study(seed), rng_for(seed, "p")) < 0.05 for seed in range(300))
    assert 0.02 <= rejected / 300 <= 0.09


def test_where_nothing_varies_there_is_no_p():
    values, shown, groups = study()
    assert np.isnan(carry_over_p(np.ones_like(values), shown, groups, rng_for(0, "p")))
    assert np.isnan(carry_over_p(np.full_like(values, np.nan), shown, groups, rng_for(0, "p")))


def test_missing_values_are_left_out():
    values, shown, groups = study()
    values[0, 0, 0] = values[1] = np.nan
    found = analyse(values, shown, groups)
    assert np.isfinite([e.low for e in found.treatments]).all()
    assert 0 < found.carry_over_p <= 1


def test_one_order_alone_is_refused():
    values, shown, groups = study(sessions=2)
    with pytest.raises(UsageError, match="in every session"):
        analyse(values, np.broadcast_to(np.arange(2), shown.shape).copy(), groups)


def test_washout_is_counted_from_the_last_to_the_first():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    at = [start, start + timedelta(hours=12), start + timedelta(days=30.5), start + timedelta(days=31)]
    assert washout_days([1, 1, 2, 2], at) == (30.0,)
    assert washout_days([1], at[:1]) == ()


def test_exchanges_stay_inside_their_group():
    groups = np.array([1, 0, 1, 1, 0])
    order = _exchanges(groups, rng_for(0, "exchanges"))
    assert (groups[order] == groups).all()
    assert (np.sort(order, 1) == np.arange(5)).all()
    assert len(np.unique(order, axis=0)) == 2 * 6
