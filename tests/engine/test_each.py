import pytest

from engine_units import unit
from vcem.core.errors import FailureError, UsageError
from vcem.engine import Failed, How, Outcome, each, noted, refuse_failed

ITEMS = [3, "raise", "memory", 1, "ours", "leave", 2]
CAUSES = {"raise": "ZeroDivisionError", "memory": "OutOfMemoryError", "ours": "UsageError", "leave": "SystemExit"}


@pytest.mark.parametrize("slots", [1, 2])
def test_whatever_a_unit_raises_fails_it_alone(slots):
    results = list(each(unit, ITEMS, How(slots=slots)))
    assert [r for r in results if not isinstance(r, Failed)] == [9, 1, 4]
    assert {r.name: r.cause for r in results if isinstance(r, Failed)} == CAUSES
    assert [type(r) is Failed for r in results] == [isinstance(i, str) for i in ITEMS], "in the order of the items"


def test_reasons_are_one_line_and_tell_where_ours_are_kept_whole():
    found = {f.name: f for f in each(unit, ["raise", "memory", "ours"])}
    assert "ZeroDivisionError" in found["raise"].reason
    assert "what is this" in found["raise"].reason
    assert "memory is full: CUDA out of memory" in found["memory"].reason
    assert isinstance(found["ours"].error, UsageError)
    assert all("\n" not in f.reason and "Traceback" not in f.reason for f in found.values())


def test_a_command_can_note_what_failed_within():
    with noted() as failed:
        list(each(unit, ITEMS, name=lambda item: f"unit {item}"))
    list(each(unit, ITEMS))
    assert [f.name for f in failed] == [f"unit {name}" for name in CAUSES]


def test_failures_are_refused_after_all_is_done():
    done = []
    with pytest.raises(
        FailureError, match=r"4 of 7 numbers failed; the others are done:\n  raise: ZeroDiv(.*\n)+  leave: SystemExit"
    ):
        done.extend(refuse_failed(each(unit, ITEMS), "numbers"))
    assert done == [9, 1, 4]
    assert list(refuse_failed(each(unit, [2]), "numbers")) == [4]


def test_another_backend_answers_in_any_order():
    def backwards(do, items, how, name):
        yield from ((n, Outcome((name(items[n]), do(items[n])))) for n in reversed(range(len(items))))

    assert list(each(unit, [1, 2, 3], How(), backend=backwards)) == [("1", 1), ("2", 4), ("3", 9)]
    as_done = each(unit, [1, 2, 3], How(in_order=False), backend=backwards)
    assert list(as_done) == [("3", 9), ("2", 4), ("1", 1)]
