import json

import pytest

from vcem.core.errors import FailureError
from vcem.folders.log import LOG, Record, read_epochs, read_log, write_log

RECORDS = [Record(epoch, 1.0, {"g.l1": 0.1 / epoch}, 0.2 / epoch, epoch, 10.0, 1.5) for epoch in (1, 2, 3)]


def test_records_come_back_as_they_were(tmp_path):
    write_log(tmp_path, RECORDS)
    assert read_log(tmp_path, 3) == RECORDS
    assert len((tmp_path / LOG).read_text().splitlines()) == 3


def test_records_after_the_checkpoint_are_left_out(tmp_path):
    write_log(tmp_path, RECORDS)
    assert read_log(tmp_path, 1) == RECORDS[:1]
    assert read_log(tmp_path, 0) == []


def test_before_the_first_epoch_there_is_none(tmp_path):
    assert read_log(tmp_path, 0) == []


def half_a_line(path):
    path.write_text(path.read_text()[:-20])


def no_json(path):
    path.write_text("no json\n" * 3)


def no_text(path):
    path.write_bytes(b"\xff\xfe" * 99)


def other_fields(path):
    path.write_text(json.dumps({"epoch": 1}) + "\n" * 3)


def an_epoch_less(path):
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))


@pytest.mark.parametrize("harm", [half_a_line, no_json, no_text, other_fields, an_epoch_less, lambda p: p.unlink()])
def test_a_damaged_log_says_what_to_do(tmp_path, harm):
    write_log(tmp_path, RECORDS)
    harm(tmp_path / LOG)
    with pytest.raises(FailureError, match=r"log\.jsonl is damaged(.|\n)*epochs 1 to 3(.|\n)*train this fold again"):
        read_log(tmp_path, 3)


def test_a_reader_gets_every_epoch_once_the_later_of_two(tmp_path):
    again = Record(2, 1.0, {"g.l1": 9.0}, 9.0, 1, 10.0, 1.5)
    write_log(tmp_path, [*RECORDS, again])
    assert read_epochs(tmp_path) == [RECORDS[0], again, RECORDS[2]]
    half_a_line(tmp_path / LOG)
    with pytest.raises(FailureError, match="is damaged"):
        read_epochs(tmp_path)
    (tmp_path / LOG).unlink()
    assert read_epochs(tmp_path) is None
