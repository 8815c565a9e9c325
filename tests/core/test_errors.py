import pickle

from vcem.core.errors import FailureError, UsageError


def test_three_parts_are_told():
    text = str(UsageError("Found this.", "that", "do so"))
    assert text.splitlines() == ["Found this.", "  expected: that", "  what to do: do so"]


def test_wrong_use_is_2_and_failure_is_1():
    assert (UsageError("x").exit_code, FailureError("x").exit_code) == (2, 1)


def test_an_error_arrives_whole_from_a_worker_process():
    error = pickle.loads(pickle.dumps(FailureError("Found.", "that", "so")))
    assert (str(error), error.exit_code) == (str(FailureError("Found.", "that", "so")), 1)
