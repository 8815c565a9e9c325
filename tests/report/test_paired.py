from vcem.report.paired import Both, differences, shared, why_apart


def test_the_same_things_are_found_by_name_and_by_fold_only_where_names_repeat():
    assert shared([(0, "a"), (1, "b")], [(3, "b"), (3, "a")]) == ([0, 1], [1, 0])
    assert shared([(0, "a"), (1, "a")], [(1, "a"), (2, "a")]) == ([1], [0])


def test_a_study_beside_itself_differs_nowhere_and_every_p_is_one(study):
    both = Both(("a", "b"), (study, study), why_apart(study, study))
    found = differences(both)
    assert both.apart == ""
    assert {c.first for c in found} == set(study.scores.learned)  # what nobody trained is the same by its making
    assert {c.difference.estimate for c in found} == {0}
    assert {c.p_holm for c in found} == {1}
