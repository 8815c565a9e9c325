from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from study_designs import MODELS, READINGS, SECRET, candidates, design
from vcem.core.errors import UsageError
from vcem.study.cases import choose
from vcem.study.items import Phase
from vcem.study.schedule import schedule
from vcem.study.secret import Secret


def planned(kind, secret=SECRET, **changes):
    plan = design(kind, **changes)
    chosen = choose(plan, candidates(), secret)
    return plan, chosen, schedule(plan, chosen, secret)


def of(items, reader="r0", session=1, phase=Phase.READING):
    return [i for i in items if (i.reader, i.session, i.phase) == (reader, session, phase)]


@pytest.mark.parametrize("kind", READINGS)
def test_every_reader_reads_every_case_once_each_session_training_first(kind):
    plan, chosen, items = planned(kind)
    for reader in plan.readers:
        for session in range(1, plan.reading.sessions + 1):
            own = [i for i in items if (i.reader, i.session) == (reader.name, session)]
            assert [i.position for i in own] == list(range(1, 31))
            assert [i.phase for i in own[:2]] == [Phase.TRAINING] * 2
            assert sorted(i.case for i in of(own, reader.name, session)) == sorted(c.case for c in chosen.read)
    assert {i.session for i in items} == set(range(1, plan.reading.sessions + 1))


@pytest.mark.parametrize("kind", READINGS)
def test_repeats_come_late_enough_and_show_the_same_elsewhere(kind):
    _, chosen, items = planned(kind)
    repeats = of(items, phase=Phase.REPEAT)
    assert sorted(i.case for i in repeats) == sorted(c.case for c in chosen.repeated)
    for again in repeats:
        (first,) = [i for i in of(items) if i.case == again.case]
        assert again.position - first.position >= 5
        assert sorted(again.shown) == sorted(first.shown)
        if kind == "most-realistic":  # no model is where it was
            assert all(a != b for a, b in zip(again.shown, first.shown, strict=True))


def test_each_model_stands_equally_often_in_each_place():
    _, _, items = planned("most-realistic", repeats=0)
    for place in range(3):
        assert Counter(i.shown[place] for i in of(items)) == dict.fromkeys(MODELS, 8)
    assert all(sorted(i.shown) == sorted(MODELS) for i in items)
    assert [i.shown for i in of(items, "r0")] != [i.shown for i in of(items, "r1")]


def test_half_is_real_and_the_other_readers_see_it_the_other_way_round():
    _, chosen, items = planned("real-or-synthetic")
    by_reader = [{i.case: i.shown[0] for i in of(items, f"r{n}")} for n in range(4)]
    for own in by_reader:
        assert Counter(own.values()) == {"real": 12, "cyclegan": 12}
    for case in chosen.read:
        assert Counter(own[case.case] for own in by_reader) == {"real": 2, "cyclegan": 2}
    assert Counter(i.shown[0] for i in of(items, phase=Phase.REPEAT)) == {"real": 2, "cyclegan": 2}


def test_without_counterbalance_all_readers_see_the_same_arm():
    plain = replace(READINGS["real-or-synthetic"], counterbalanced=False)
    _, _, items = planned("real-or-synthetic", reading=plain)
    by_reader = [{i.case: i.shown for i in of(items, f"r{n}")} for n in range(4)]
    assert all(own == by_reader[0] for own in by_reader)


def test_each_case_meets_each_treatment_once_and_each_session_all_of_them():
    _, chosen, items = planned("multi-reader", readers=6, repeats=0)
    names = {t.name for t in READINGS["multi-reader"].treatments}
    for reader in range(6):
        seen = {c.case: set() for c in chosen.read}
        for session in (1, 2, 3):
            own = of(items, f"r{reader}", session)
            assert Counter(i.shown[0] for i in own) == dict.fromkeys(names, 8)
            for i in own:
                seen[i.case].add(i.shown[0])
        assert all(met == names for met in seen.values())
    # first session: each case is read under each treatment by two of six readers
    for case in chosen.read:
        first = Counter(i.shown[0] for i in items if i.session == 1 and i.case == case.case)
        assert first == dict.fromkeys(names, 2)


def test_orders_differ_between_readers_and_sessions():
    _, _, items = planned("multi-reader", repeats=0)
    orders = [tuple(i.case for i in of(items, f"r{n}", s)) for n in range(4) for s in (1, 2, 3)]
    assert len(set(orders)) == 12


def test_arms_and_strata_are_spread_over_the_session_but_cannot_be_guessed():
    _, _, items = planned("real-or-synthetic", count=24, repeats=0)
    halves, same_as_last = [], []
    for n in range(4):
        kinds = np.array([i.shown[0] == "real" for i in of(items, f"r{n}")])
        halves.append(kinds[:12].sum())
        same_as_last.append((kinds[1:] == kinds[:-1]).mean())
    assert all(3 <= h <= 9 for h in halves)
    assert 0.25 < np.mean(same_as_last) < 0.65


def test_opaque_names_are_unique_and_tell_nothing():
    _, _, items = planned("real-or-synthetic")
    assert len({i.opaque for i in items}) == len(items)
    first = [int(i.opaque[-8:], 16) / 2**32 for i in items]
    real = np.array([i.shown[0] == "real" for i in items])
    assert abs(np.corrcoef(first, real)[0, 1]) < 0.3


@pytest.mark.parametrize("kind", READINGS)
def test_the_secret_decides_all_and_the_seed_nothing(kind):
    drawn = planned(kind)[1:]
    assert drawn == planned(kind, seed=99)[1:]
    chosen, items = planned(kind, secret=Secret("6" * 64))[1:]
    assert chosen.read != drawn[0].read
    assert not {i.opaque for i in items} & {i.opaque for i in drawn[1]}


def test_repeats_that_do_not_fit_are_told():
    plan = design("most-realistic", repeats=4, repeat_gap=20)
    with pytest.raises(UsageError, match="20 readings apart"):
        schedule(plan, choose(plan, candidates(), SECRET), SECRET)
