from dataclasses import replace

import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.core.terms import Density
from vcem.simulate.priors import PATTERNS, Priors
from vcem.simulate.uptake import draw_uptake, joint_table, looks_of, mean_p_enhance, p_enhance

PRIORS = Priors()
DECOUPLED = replace(PRIORS, uptake=replace(PRIORS.uptake, coupled=False))


def test_the_table_is_a_distribution_with_the_priors_marginals():
    table = joint_table(PRIORS)
    assert sum(r["probability"] for r in table) == pytest.approx(1)
    idc = [r for r in table if r["kind"] == "idc"]
    assert sum(r["probability"] for r in idc) == pytest.approx(0.34)
    assert {r["p_enhance"] for r in idc} == {0.98}


@pytest.mark.parametrize("density", list(Density))
def test_looks_are_shares_and_density_hides(density):
    for _, kind in PRIORS.lesions.types:
        assert sum(looks_of(kind, density, PRIORS)) == pytest.approx(1)
    hidden = [looks_of(PRIORS.lesions.types.idc, d, PRIORS)[-1] for d in Density]
    assert hidden == sorted(hidden)
    assert hidden[0] == pytest.approx(0.10)


def test_what_a_look_tells_is_that_of_the_sources():
    assert p_enhance("irregular", Density.B, PRIORS) == pytest.approx(0.95, abs=0.01)
    assert p_enhance("circumscribed", Density.B, PRIORS) == pytest.approx(0.31, abs=0.01)


def test_decoupled_every_look_and_kind_tells_the_same():
    rows = joint_table(DECOUPLED)
    assert {r["p_enhance"] for r in rows} == {mean_p_enhance(PRIORS)}
    assert p_enhance("irregular", Density.A, DECOUPLED) == pytest.approx(mean_p_enhance(PRIORS))


def drawn(kind, priors, n=3000):
    return [draw_uptake(kind, priors, rng_for(1, kind, i)) for i in range(n)]


def test_draws_follow_the_table():
    for kind, p in (("cyst", 0.03), ("fibroadenoma", 0.5)):
        share = np.mean([u.enhancing for u in drawn(kind, PRIORS)])
        assert share == pytest.approx(p, abs=0.035)
    strong = [u.iodine_mg_ml for u in drawn("idc", PRIORS) if u.enhancing]
    assert np.median(strong) == pytest.approx(1.0, rel=0.06)


def test_decoupled_draws_do_not_know_the_kind():
    cyst, idc = (drawn(kind, DECOUPLED) for kind in ("cyst", "idc"))
    for of in (lambda u: u.enhancing, lambda u: u.iodine_mg_ml, lambda u: u.late_share):
        assert np.mean([of(u) for u in cyst]) == pytest.approx(np.mean([of(u) for u in idc]), abs=0.04)
    for pattern in PATTERNS:
        shares = [np.mean([u.pattern == pattern for u in us]) for us in (cyst, idc)]
        assert shares[0] == pytest.approx(shares[1], abs=0.04)


def test_what_does_not_enhance_has_neither_iodine_nor_pattern():
    for uptake in drawn("fibroadenoma", PRIORS, 100):
        assert (uptake.iodine_mg_ml > 0) == (uptake.pattern != "none") == uptake.enhancing
