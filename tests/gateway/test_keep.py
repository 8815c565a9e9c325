import os
import time

import pytest

from gateways import file_of, gateway_of, plain, with_pixel
from vcem.gateway.audit import Audit
from vcem.gateway.intake import CONFLICT, IN, OUT, TAKEN, Intake
from vcem.gateway.keep import DAY_S, Keeper, sweep
from vcem.gateway.queue import DEAD, FAILED, READY, SENT, Queue, Result


class House:
    """A gateway's folder in which one image was drawn from, and its result sent."""

    def __init__(self, folder, exam):
        self.gateway = gateway_of(plain(folder, "model", limits={"free_mb": 1, "keep_days": 7, "rows_days": 30}))
        self.queue, self.audit = Queue(self.gateway.folder), Audit(self.gateway.folder)
        self.intake = Intake(self.gateway.folder, self.queue, self.gateway.limits, self.audit)
        self.keeper = Keeper(self.gateway, self.queue, self.audit)
        self.image, self.result = str(exam[0].SOPInstanceUID), "2.25.1"
        assert self.take(exam[0]) == TAKEN
        self.queue.set_image(self.image, READY, "", time.time())
        row = Result(self.result, "pacs", "c", self.image, "m", SENT, "", 0, 0, time.time(), time.time(), "")
        self.queue.drawn(self.image, [row], time.time())
        (self.gateway.folder / OUT).mkdir()
        (self.gateway.folder / OUT / f"{self.result}.dcm").write_bytes(b"drawn")

    def take(self, dataset):
        return self.intake.take(file_of(dataset), str(dataset.SOPInstanceUID), "UNIT").status

    def files(self):
        return {path.name for name in (IN, OUT) for path in (self.gateway.folder / name).iterdir()}


@pytest.fixture
def house(tmp_path, exam):
    (tmp_path / "gateway").mkdir()
    made = House(tmp_path, exam)
    yield made
    made.queue.close()


def test_files_go_when_their_days_are_over_and_the_image_is_known_still(house, exam):
    house.keeper.tidy(time.time() + 6.9 * DAY_S)
    assert house.files() == {f"{house.image}.dcm", f"{house.result}.dcm"}
    house.keeper.tidy(time.time() + 7.1 * DAY_S)
    assert house.files() == set()
    assert house.take(exam[0]) == TAKEN
    assert house.take(with_pixel(exam[0], 99)) == CONFLICT
    assert house.files() == set(), "no new work"
    house.keeper.tidy(time.time() + 31 * DAY_S)
    assert house.queue.images() == house.queue.results() == []


@pytest.mark.parametrize("state", [DEAD, "waiting"])
def test_what_was_not_sent_keeps_its_files(house, state):
    house.queue.set_result(house.queue.results()[0], state, "", time.time())
    house.keeper.tidy(time.time() + 20 * DAY_S)
    assert len(house.files()) == 2
    house.keeper.tidy(time.time() + 31 * DAY_S)
    assert len(house.queue.images()) == (state == "waiting"), "work that is open is never forgotten"


def test_what_failed_keeps_its_file_as_long_as_its_row(house):
    house.queue.set_image(house.image, FAILED, "", time.time())
    house.keeper.tidy(time.time() + 20 * DAY_S)
    assert f"{house.image}.dcm" in house.files()


def test_files_without_a_row_go_but_not_at_once(house):
    left = house.gateway.folder / IN / ".1.2.dcm.99.partial"
    left.write_bytes(b"of a process that was killed")
    house.keeper.step()
    assert left.exists()
    os.utime(left, (0, 0))
    house.keeper.tidy(time.time())
    assert not left.exists()
    left.write_bytes(b"of a process that was killed")
    sweep(house.gateway.folder)  # of a gateway that starts: nobody else can be writing
    assert not left.exists()
    assert len(house.files()) == 2


def test_old_logs_go(house):
    old = house.gateway.folder / "audit" / "2001-01-01.jsonl"
    old.write_text("{}\n")
    os.utime(old, (0, 0))
    house.keeper.tidy(time.time())
    assert [path.name for path in old.parent.iterdir()] == [f"{time.strftime('%Y-%m-%d', time.gmtime())}.jsonl"]
