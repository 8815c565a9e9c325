from study_designs import SECRET, candidates, design
from vcem.study.items import Sitting


def test_who_comes_next_sees_the_other_arm_and_without_counterbalance_the_same():
    plan, cases = design("real-or-synthetic"), candidates()
    first, second = (plan.reading.shown(plan, SECRET, cases, "read", Sitting("r", turn, 0)) for turn in (0, 1))
    assert all(set(first[c.case] + second[c.case]) == {"real", "cyclegan"} for c in cases)
    alone = type(plan.reading)("real-or-synthetic", "cyclegan", counterbalanced=False)
    assert alone.shown(plan, SECRET, cases, "read", Sitting("r", 1, 0)) == first
