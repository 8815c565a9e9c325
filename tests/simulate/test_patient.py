from dataclasses import replace

import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.core.terms import Density, Side, View
from vcem.simulate.patient import BACKGROUNDS, draw_patient
from vcem.simulate.priors import Priors

PRIORS = Priors()


@pytest.fixture(scope="module")
def women():
    return [draw_patient(0, n, PRIORS) for n in range(1, 4001)]


def breasts(women):
    return [w.lesions_of(side) for w in women for side in Side]


def test_a_woman_depends_on_seed_and_number_alone():
    assert draw_patient(3, 5, PRIORS) == draw_patient(3, 5, PRIORS)
    assert draw_patient(3, 5, PRIORS).bodies != draw_patient(4, 5, PRIORS).bodies
    assert draw_patient(3, 12, PRIORS).id == "S0012"


def test_density_and_age_follow_the_priors(women):
    for density, share in zip(Density, PRIORS.women.density, strict=True):
        assert np.mean([w.density is density for w in women]) == pytest.approx(share, abs=0.03)
    assert np.mean([w.age for w in women]) == pytest.approx(57.4, abs=1.0)
    assert all(31 <= w.age <= 90 for w in women)


def test_a_third_of_the_breasts_enhances_whatever_the_density(women):
    share = np.mean([any(x.uptake.enhancing for x in b) for b in breasts(women)])
    assert 0.30 < share < 0.42


def test_backgrounds_keep_their_shares_and_are_higher_before_menopause(women):
    for name, share in zip(BACKGROUNDS, PRIORS.uptake.background_share, strict=True):
        assert np.mean([w.bpe == name for w in women]) == pytest.approx(share, abs=0.05)
    high = [w.bpe in BACKGROUNDS[2:] for w in women]
    young, old = (np.mean([h for h, w in zip(high, women, strict=True) if (w.age < 50) is is_young])
                  for is_young in (True, False))  # fmt: skip
    assert young > 2 * old


def test_thickness_and_volumetric_density_lie_in_their_ranges(women):
    paddles = [b.paddle_mm[view] for w in women for b in w.bodies.values() for view in View]
    assert np.mean(paddles) == pytest.approx(59, abs=2.5)
    assert min(paddles) >= 25
    assert max(paddles) <= 95
    for w in women:
        i = list(Density).index(w.density)
        assert PRIORS.tissue.volumetric_low[i] <= 100 * w.volumetric_density <= PRIORS.tissue.volumetric_high[i]


def test_lesions_lie_inside_the_breast_in_both_views(women):
    for woman in women:
        for lesion in woman.lesions:
            half = woman.bodies[lesion.side].half_mm(lesion.depth_mm)
            assert 0 < lesion.depth_mm < woman.bodies[lesion.side].reach_mm
            assert all(abs(lesion.up_mm(view)) < half for view in View)


def test_reports_agree_with_the_lesions(women):
    for woman in women:
        for side in Side:
            lesions = woman.lesions_of(side)
            assert (woman.pathology[side] == "Malignant") == any(x.malignant for x in lesions)
            assert (woman.birads[side] in "12") or lesions
            assert not any(x.malignant for x in lesions) or woman.birads[side] in "45"


def test_decoupling_changes_no_look():
    other = replace(PRIORS, uptake=replace(PRIORS.uptake, coupled=False))
    for n in range(1, 60):
        a, b = draw_patient(0, n, PRIORS), draw_patient(0, n, other)
        assert [(x.kind, x.look, x.size_mm, x.depth_mm) for x in a.lesions] == [
            (x.kind, x.look, x.size_mm, x.depth_mm) for x in b.lesions
        ]


def test_there_is_no_woman_zero():
    with pytest.raises(UsageError, match="number 0"):
        draw_patient(0, 0, PRIORS)
