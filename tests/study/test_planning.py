from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from study_designs import READINGS, design
from vcem.core.seeds import rng_for
from vcem.stats.equivalence import PairedShares, score_z
from vcem.study.assumptions import Assumptions, PilotStudy
from vcem.study.planning import binomial_power, equivalence_power, fewest, half_width, plan_lines

VAN_DYKE = PilotStudy(114, 0.00020040, 0.00080229, 0.00034661, 0.00034407, 0.00023903)


def planned(kind, readers=4, **changes):
    return replace(design(kind, count=40, repeats=0, readers=readers), **changes)


def test_areas_as_published():
    plan = planned("multi-reader", readers=10, power=Assumptions(effect=-0.043800322, pilot=VAN_DYKE))
    plan = replace(plan, cases=replace(plan.cases, count=165))
    assert plan_lines(plan) == [
        "power: a difference of -0.0438003 between two areas, readers and cases random, 10 readers: "
        "0.805 with 165 cases; 0.8 needs 163 cases"
    ]


def test_power_of_the_exact_test_is_how_often_it_rejects():
    hits = rng_for(0, "hits").binomial(30, 0.6, 4000)
    p = {k: stats.binomtest(int(k), 30, 1 / 3).pvalue for k in np.unique(hits)}
    rejected = np.mean([p[k] <= 0.05 / 3 for k in hits])
    assert binomial_power(30, 1 / 3, 0.6, 0.05 / 3) == pytest.approx(rejected, abs=0.03)
    assert binomial_power(30, 1 / 3, 1 / 3, 0.05) <= 0.05


def test_power_of_equivalence_is_how_often_it_is_shown():
    rng = rng_for(0, "pairs")
    shown = 0
    for _ in range(1500):
        b, c, both = rng.multinomial(120, [0.1, 0.1, 0.8])
        found = PairedShares(120, int(both), int(b), int(c))
        shown += score_z(found, 0.15) < -1.6449 and score_z(found, -0.15) > 1.6449
    assert equivalence_power(120, 0.2, 0.15) == pytest.approx(shown / 1500, abs=0.04)
    assert equivalence_power(50, 0.2, 0.05) < 0.001  # as small as the paper's, nothing can be shown


def test_half_width_is_that_of_the_exact_interval():
    found = stats.binomtest(13, 26).proportion_ci(0.95, method="exact")
    assert half_width(0.5, 26) == pytest.approx((found.high - found.low) / 2)


def test_the_fewest_cases_are_those_from_which_on_it_stays():
    saw = {n: 0.9 if n in (3, 5) or n > 6 else 0.1 for n in range(1, 2001)}
    assert fewest(saw.__getitem__, 0.8) == 7
    assert fewest(lambda n: 0.1, 0.8) is None
    assert fewest(lambda n: 0.9, 0.8) == 1


def test_votes_and_told_images_have_a_precision_and_a_power():
    votes = plan_lines(planned("most-realistic", power=Assumptions(share=0.6)))
    assert votes[0].startswith("share of votes: 0.60 of 40 images has an exact 95 % interval of about ± 15")
    assert "a model with 0.6 of the votes against 1/3" in votes[1]
    told = plan_lines(planned("real-or-synthetic", margin=0.2, power=Assumptions(share=0.5, discordant=0.2)))
    assert "of 20 images" in told[0]
    assert told[1].startswith("power: BI-RADS as good on synthetic, margin 0.2, 0.2 right on one kind only: 0.")
    alone = replace(READINGS["real-or-synthetic"], counterbalanced=False)
    plan = planned("real-or-synthetic", reading=alone, power=Assumptions(share=0.5, discordant=0.2))
    assert "no case is read as both" in plan_lines(plan)[1]


@pytest.mark.parametrize("kind", READINGS)
def test_without_assumptions_it_says_so(kind):
    assert plan_lines(planned(kind))[-1] == "power: not calculated, the design has no table [power]"


def test_what_no_number_of_cases_reaches_is_told():
    plan = planned("real-or-synthetic", margin=0.01, power=Assumptions(share=0.5, discordant=0.5))
    assert plan_lines(plan)[1].endswith("0.8 is beyond any number of cases tried")
