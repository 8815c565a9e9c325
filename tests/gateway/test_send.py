import time

import pytest

from gateways import gateway_of, plain
from vcem.core.errors import FailureError
from vcem.dicom.exchange import Commitment
from vcem.gateway.audit import Audit
from vcem.gateway.queue import DEAD, READY, SENT, STORED, WAITING, Image, Queue, Result
from vcem.gateway.send import Answer, Sender, note_commitment, wait_s
from vcem.gateway.settings import Retry


class ScriptedDoor:
    """Answers as `answers` says, by UID; a closed one cannot be reached."""

    def __init__(self, answers=(), closed=False):
        self.answers, self.closed, self.sent = dict(answers), closed, []

    def deliver(self, results, folder, note):
        for result in results:
            if self.closed:
                raise FailureError("nobody is there.")
            self.sent.append(result.uid)
            note(result, *self.answers.get(result.uid, (Answer.HAS, "")))

    def ask_to_keep(self, results, transaction):
        self.transaction = transaction
        return ""

    def check(self):
        return ""


@pytest.fixture
def queue(tmp_path):
    made = Queue(tmp_path)
    made.add(Image("1.1", "1.9", "d", "", "UNIT", READY, "", 0, 0, 0, 0))
    now = time.time()
    rows = [Result(f"2.{n}", "pacs", "c", "1.1", "m", WAITING, "", 0, 0, now, now, "") for n in range(4)]
    made.drawn("1.1", rows, now)
    yield made
    made.close()


def sender(tmp_path, queue, door, commitment=False, **retry):
    pacs = {"kind": "dicom", "name": "pacs", "title": "P", "host": "h", "port": 1, "commitment": commitment}
    gateway = gateway_of(plain(tmp_path, "model", pacs | {"commitment_s": 1e-9}, retry=retry))
    return Sender(gateway, "pacs", door, queue, Audit(tmp_path))


def states(queue):
    return {r.uid: r.state for r in queue.results()}


def test_half_a_study_may_be_rejected(tmp_path, queue):
    door = ScriptedDoor({"2.1": (Answer.NEVER, "no"), "2.2": (Answer.LATER, "full")})
    assert sender(tmp_path, queue, door).step()
    assert states(queue) == {"2.0": SENT, "2.1": DEAD, "2.2": WAITING, "2.3": SENT}
    again = queue.results("uid = '2.2'")[0]
    assert (again.why, again.tries) == ("full", 1)
    assert again.due > time.time()
    assert queue.results("uid = '2.1'")[0].why == "no"


def test_what_was_rejected_can_be_sent_again_by_hand(tmp_path, queue):
    door = ScriptedDoor({"2.1": (Answer.NEVER, "no")})
    one = sender(tmp_path, queue, door)
    one.step()
    door.answers.clear()
    queue.again([], time.time())
    one.step()
    assert set(states(queue).values()) == {SENT}
    assert sorted(door.sent) == ["2.0", "2.1", "2.1", "2.2", "2.3"]


def test_a_destination_that_is_away_is_left_alone_for_a_while(tmp_path, queue):
    door = ScriptedDoor(closed=True)
    one = sender(tmp_path, queue, door, first_s=1000, most_s=1000)
    with pytest.raises(FailureError):
        one.step()
    assert set(states(queue).values()) == {WAITING}
    assert not one.step(), "it rests"
    assert min(r.due for r in queue.results()) > time.time() + 400


def test_after_its_time_a_result_is_given_up(tmp_path, queue):
    one = sender(tmp_path, queue, ScriptedDoor(closed=True), give_up_h=1e-12)
    with pytest.raises(FailureError):
        one.step()
    assert set(states(queue).values()) == {DEAD}


def test_tries_grow_apart_up_to_the_most_and_never_all_at_one_time():
    retry = Retry(first_s=5, most_s=600)
    waits = [wait_s(retry, n, "2.1") for n in range(1, 12)]
    for n, wait in enumerate(waits):
        assert 0.5 * min(600, 5 * 2**n) <= wait <= 1.5 * min(600, 5 * 2**n)
    assert waits == [wait_s(retry, n, "2.1") for n in range(1, 12)]
    assert len({wait_s(retry, 1, f"2.{n}") for n in range(50)}) == 50
    assert wait_s(retry, 10_000, "2.1") <= 900


def test_what_a_pacs_promised_to_keep_is_sent_and_what_it_lost_goes_again(tmp_path, queue):
    door = ScriptedDoor()
    one = sender(tmp_path, queue, door, commitment=True)
    assert one.step()
    assert set(states(queue).values()) == {STORED}
    assert one.step()
    said = Commitment(door.transaction, ("2.0", "2.1"), {"2.2": "failure reason 0x0112"})
    note_commitment(queue, Audit(tmp_path), Retry(first_s=1000, most_s=1000), said)
    assert states(queue) == {"2.0": SENT, "2.1": SENT, "2.2": WAITING, "2.3": STORED}
    assert queue.results("uid = '2.2'")[0].due > time.time() + 400
    note_commitment(queue, Audit(tmp_path), Retry(), Commitment("another", ("2.3",), {}))
    assert states(queue)["2.3"] == STORED
    one.step()
    assert states(queue)["2.3"] == WAITING, "nobody promised it in time"


def test_a_promise_that_cannot_be_asked_for_is_asked_for_again(tmp_path, queue):
    door = ScriptedDoor()
    one = sender(tmp_path, queue, door, commitment=True, first_s=1e-9, most_s=1e-9)
    one.step()
    door.ask_to_keep = lambda *_: (_ for _ in ()).throw(FailureError("nobody is there."))
    with pytest.raises(FailureError):
        one.step()
    assert {r.commitment for r in queue.results()} == {""}
    door.ask_to_keep = lambda *_: "not offered"
    assert one.step()
    assert set(states(queue).values()) == {SENT}
