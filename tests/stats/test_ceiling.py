from math import isnan

import pytest

from vcem.stats.ceiling import Joint, ceiling, ceiling_range, decoupled, shown_looks, variants

LOOKS = ("irregular", "circumscribed", "calcifications", "asymmetry", "occult")
# share, looks, P(enhancing): the table of published rates that the simulator starts from
KINDS = {
    "idc": (0.34, (0.62, 0.04, 0, 0.14, 0.20), 0.98),
    "ilc": (0.05, (0.35, 0, 0, 0.40, 0.25), 0.92),
    "dcis": (0.09, (0, 0, 0.80, 0.08, 0.12), 0.84),
    "fibroadenoma": (0.16, (0.02, 0.73, 0.05, 0, 0.20), 0.50),
    "cyst": (0.18, (0, 0.80, 0, 0, 0.20), 0.03),
    "papilloma": (0.05, (0.10, 0.35, 0.05, 0.15, 0.35), 0.80),
    "scar": (0.13, (0.05, 0.05, 0.10, 0.70, 0.10), 0.25),
}


def table(rate=None):
    return [
        Joint(kind, look, "", share * part, p if rate is None else rate)
        for kind, (share, looks, p) in KINDS.items()
        for look, part in zip(LOOKS, looks, strict=True)
    ]


def test_the_published_rates_give_the_published_ceiling():
    found = ceiling(table())
    assert found.sensitivity == pytest.approx(0.65, abs=0.005)
    assert found.hallucinated == pytest.approx(0.22, abs=0.005)
    assert found.lit == pytest.approx(0.29, abs=0.005)
    assert found.occult == pytest.approx(0.20, abs=0.005)
    assert found.information == pytest.approx(0.194, abs=0.002)
    assert found.entropy == pytest.approx(0.963, abs=0.002)
    assert 0.7 < found.auc < 0.8


def test_a_look_that_tells_all_has_no_ceiling_below_one():
    found = ceiling([Joint("a", "irregular", "b", 0.5, 1.0), Joint("b", "circumscribed", "b", 0.5, 0.0)])
    assert (found.sensitivity, found.hallucinated, found.lit, found.occult, found.auc) == (1, 0, 0, 0, 1)
    assert found.information == found.entropy == 1


def test_uptake_without_regard_to_look_is_chance():
    assert decoupled(table(rate=0.5))
    assert not decoupled(table())
    found = ceiling(table(rate=0.5))
    assert found.auc == pytest.approx(0.5)
    assert found.information == pytest.approx(0)


def test_nobody_can_show_what_is_occult():
    found = ceiling([Joint("a", "occult", "d", 1.0, 0.9)])
    assert (found.sensitivity, found.occult) == (0, 1)
    assert isnan(found.hallucinated)
    assert shown_looks([Joint("a", "occult", "d", 1.0, 0.9)]) == {("occult", "d"): False}


def test_knowing_the_density_helps_where_uptake_follows_it():
    rows = [Joint("a", "irregular", "a", 0.5, 0.9), Joint("a", "irregular", "d", 0.5, 0.2)]
    assert ceiling(rows).information > ceiling(rows, with_density=False).information == pytest.approx(0)
    assert shown_looks(rows) == {("irregular", "a"): True, ("irregular", "d"): False}


def test_rates_are_scaled_by_half_and_clipped():
    rows = [Joint("a", "irregular", "a", 0.5, 0.9), Joint("b", "irregular", "a", 0.5, 0.2)]
    rates = [[row.p_enhance for row in varied] for varied in variants(rows)]
    assert rates == [
        pytest.approx(r) for r in ([0.45, 0.2], [1.0, 0.2], [0.9, 0.1], [0.9, 0.3], [0.45, 0.1], [1.0, 0.3])
    ]


def test_the_range_holds_the_ceiling_of_the_given_priors():
    found = ceiling_range(table())
    for name in ("sensitivity", "hallucinated", "lit", "occult", "auc", "information"):
        low, given, high = (getattr(c, name) for c in (found.low, found.given, found.high))
        assert low <= given <= high
        assert low < high
