from dataclasses import replace

import pytest

from vcem.gateway.queue import DEAD, DRAWN, FAILED, KEPT, LEFT_OUT, READY, SENT, WAITING, Image, Queue, Result

QUIET, LIMIT = 10, 100


@pytest.fixture
def queue(tmp_path):
    made = Queue(tmp_path)
    yield made
    made.close()


def image(uid, at=0.0, study="1.9", state=WAITING):
    return Image(uid, study, "digest", "", "UNIT", state, "", 0, 0, at, at)


def result(uid, of, destination="pacs", state=WAITING):
    return Result(uid, destination, "class", of, "model", state, "", 0, 0, 5.0, 5.0, "")


def test_a_study_is_complete_when_nothing_came_for_a_while(queue):
    queue.add(image("1.1", at=0))
    queue.add(image("1.2", at=8))
    assert queue.complete(17, QUIET, LIMIT) == []
    assert queue.next_image(17) is None
    assert queue.complete(18, QUIET, LIMIT) == ["1.9"]
    assert queue.next_image(18).uid == "1.1"


def test_a_study_that_never_ends_is_complete_at_the_limit(queue):
    for second in range(0, 96, 5):
        queue.add(image(f"1.{second}", at=second))
    assert queue.complete(99, QUIET, LIMIT) == []
    assert queue.complete(100, QUIET, LIMIT) == ["1.9"]


def test_a_late_image_waits_for_itself_alone(queue):
    queue.add(image("1.1", at=0))
    queue.complete(10, QUIET, LIMIT)
    queue.add(image("1.2", at=11))
    assert queue.complete(12, QUIET, LIMIT) == []
    assert queue.next_image(12).uid == "1.1", "what was ready is not held up"
    queue.drawn("1.1", [], 13)
    assert queue.complete(21, QUIET, LIMIT) == ["1.9"]
    assert queue.next_image(21).uid == "1.2"


def test_a_clock_that_was_set_back_holds_nothing_up(queue):
    queue.add(image("1.1", at=1e6))
    assert queue.complete(50, QUIET, LIMIT) == ["1.9"]


def test_studies_do_not_wait_for_each_other(queue):
    queue.add(image("1.1", at=0, study="1.8"))
    queue.add(image("1.2", at=9, study="1.9"))
    assert queue.complete(10, QUIET, LIMIT) == ["1.8"]


def test_results_of_a_second_drawing_leave_the_first_as_they_are(queue):
    queue.add(image("1.1", state=READY))
    queue.drawn("1.1", [result("2.1", "1.1")], 6)
    queue.set_result(queue.results()[0], SENT, "", 7)
    queue.set_image("1.1", READY, "", 8)
    queue.drawn("1.1", [result("2.1", "1.1"), result("2.2", "1.1")], 9)
    assert [(r.uid, r.state) for r in queue.results()] == [("2.1", SENT), ("2.2", WAITING)]


def test_what_was_dropped_while_it_was_drawn_from_stays_dropped(queue):
    queue.add(image("1.1", state=READY))
    queue.drop(["1.1"])
    queue.drawn("1.1", [result("2.1", "1.1")], 6)
    assert queue.results() == []


def test_only_what_is_due_is_sent(queue):
    queue.add(image("1.1", state=READY))
    later = replace(result("2.2", "1.1"), due=20.0)
    queue.drawn("1.1", [result("2.1", "1.1"), later, result("2.1", "1.1", "other")], 6)
    assert [r.uid for r in queue.to_send("pacs", 19, 9)] == ["2.1"]
    assert [r.uid for r in queue.to_send("pacs", 20, 9)] == ["2.1", "2.2"]
    assert len(queue.to_send("pacs", 20, 1)) == 1
    assert queue.is_result("2.1")
    assert not queue.is_result("1.1")


def test_what_failed_goes_in_again_and_what_was_left_out_only_by_name(queue):
    for uid, state in (("1.1", FAILED), ("1.2", LEFT_OUT), ("1.3", READY)):
        queue.add(image(uid, state=state))
    queue.drawn("1.3", [result("2.1", "1.3", state=DEAD), result("2.2", "1.3", state=KEPT)], 6)
    assert queue.again([], 50) == 3
    assert queue.counts() == {("image", READY): 1, ("image", LEFT_OUT): 1, ("image", DRAWN): 1, ("result", WAITING): 2}
    assert queue.again(["1.2"], 50) == 1
    assert queue.image("1.2").state == READY


def test_an_image_is_dropped_with_its_results_and_a_result_alone(queue):
    for uid in ("1.1", "1.2"):
        queue.add(image(uid, state=READY))
        queue.drawn(uid, [result(f"2.{uid}.1", uid), result(f"2.{uid}.2", uid)], 6)
    assert queue.drop(["1.1", "2.1.2.1"]) == 4
    assert [r.uid for r in queue.results()] == ["2.1.2.2"]
    assert [i.uid for i in queue.images()] == ["1.2"]


def test_the_oldest_job_is_one_of_which_something_is_to_come(queue):
    assert queue.oldest() is None
    queue.add(image("1.1", at=1, state=FAILED))
    queue.add(image("1.2", at=7))
    assert queue.oldest() == 7
    queue.add(image("1.3", at=2, state=READY))
    queue.drawn("1.3", [result("2.1", "1.3")], 9)
    assert queue.oldest() == 5


def test_what_is_in_it_outlives_the_process(tmp_path):
    first = Queue(tmp_path)
    first.add(image("1.1"))
    second = Queue(tmp_path)  # the first was never closed
    assert [i.uid for i in second.images()] == ["1.1"]
    first.close()
    second.close()
