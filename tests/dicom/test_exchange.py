import pytest

from vcem.dicom.exchange import READ, commitment_of, commitment_request, is_uid


@pytest.mark.parametrize("uid", ["1", "1.2.840.10008.1.1", "2.25.1", "1.02.3", "9" * 64])
def test_uids_are_numbers_and_dots(uid):
    assert is_uid(uid)


@pytest.mark.parametrize("uid", ["", ".", "..", "1.", ".1", "1..2", "1/2", "a", "1 ", "1\n", "9" * 65, "\u0661"])
def test_all_else_is_no_uid(uid):
    assert not is_uid(uid)


def test_syntaxes_are_named_once():
    assert len(set(READ)) == len(READ) >= 16


def test_a_commitment_says_what_is_kept_and_what_is_lost():
    report = commitment_request("2.25.7", [("1.2", "2.25.1"), ("1.2", "2.25.2")])
    assert commitment_of(report).kept == ("2.25.1", "2.25.2")
    lost = report.ReferencedSOPSequence.pop()
    lost.FailureReason = 0x0112
    report.FailedSOPSequence = [lost]
    found = commitment_of(report)
    assert (found.transaction, found.kept, found.lost) == ("2.25.7", ("2.25.1",), {"2.25.2": "failure reason 0x0112"})
