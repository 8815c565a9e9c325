import pytest

from gateways import changed, dated, in_pacs, plain, running, send_to, until, web_of
from vcem.core.errors import FailureError
from vcem.core.recipe import parse
from vcem.gateway.audit import Audit
from vcem.gateway.intake import Intake
from vcem.gateway.pull import Puller
from vcem.gateway.queue import Queue
from vcem.gateway.settings import Limits, Pull


@pytest.fixture
def puller(tmp_path, pacs):
    queue = Queue(tmp_path)
    intake = Intake(tmp_path, queue, Limits(free_mb=1), Audit(tmp_path))
    settings = {"name": "archive", "web": web_of(pacs, tmp_path), "poll_s": 1e-9}
    yield Puller(parse(settings, Pull, "pull"), intake, queue)
    queue.close()


def uids(datasets):
    return {str(d.SOPInstanceUID) for d in datasets}


@pytest.mark.needs("orthanc")
def test_new_mammograms_of_the_last_days_are_fetched_once(puller, pacs, exam):
    fresh = dated(exam)
    old = changed(exam[0], SOPInstanceUID="1.2.3", SeriesInstanceUID="1.2.4", StudyInstanceUID="1.2.5")
    des = changed(fresh[0], SOPInstanceUID="1.2.6", ImageType=["DERIVED", "PRIMARY", "POST_CONTRAST", "SUBTRACTION"])
    send_to(pacs, [*fresh[:2], old, des])
    assert puller.step()
    assert {i.uid for i in puller._queue.images()} == uids(fresh[:2])
    assert {i.sender for i in puller._queue.images()} == {"pull archive"}
    assert not puller.step(), "nothing is new"
    send_to(pacs, fresh)
    assert puller.step()
    assert {i.uid for i in puller._queue.images()} == uids(fresh)


@pytest.mark.needs("orthanc")
def test_what_is_refused_is_not_fetched_again_and_without_room_nothing_is(puller, pacs, exam):
    (fresh,) = dated(exam[:1])
    send_to(pacs, [fresh])
    puller._intake.limits = Limits(free_mb=1e12)
    with pytest.raises(FailureError, match="MB are free"):
        puller.step()
    puller._intake.limits = Limits(free_mb=1, image_mb=1)
    large = changed(fresh, SOPInstanceUID="1.2.3", Rows=1500, Columns=1500, PixelData=bytes(4_500_000))
    send_to(pacs, [large])
    assert puller.step()
    assert puller._refused == {"1.2.3"}
    assert {i.uid for i in puller._queue.images()} == uids([fresh])


@pytest.mark.needs("orthanc")
def test_from_a_dicomweb_server_and_back_to_it(tmp_path, model, exam, pacs):
    fresh = dated(exam)
    send_to(pacs, fresh)
    web = web_of(pacs, tmp_path)
    content = plain(tmp_path, model, {"kind": "web", "name": "archive", "web": web})
    del content["receive"]
    with running(content | {"pulls": [{"name": "archive", "web": web, "poll_s": 0.2}]}) as service:
        study = str(fresh[0].StudyInstanceUID)
        until(lambda: len(in_pacs(pacs, study)) == 12)
        polls = service.queue.counts()
        until(lambda: not [loop.fault for loop in service.health.loops if loop.fault])
        assert len(set(in_pacs(pacs, study))) == 12
    assert polls[("image", "drawn")] == 4, "what came back is not drawn from"
