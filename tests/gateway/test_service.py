"""LE images through a whole gateway, into a real PACS and back."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateways import changed, events, in_pacs, pacs_of, plain, running, scripted_pacs, send, until, web_client
from orthanc import TITLE, orthanc
from processes import free_port
from vcem.core.errors import UsageError
from vcem.dicom.uids import uid_for
from vcem.gateway.queue import DEAD, DRAWN, KEPT, LEFT_OUT, SENT

NAME = "Whitfield^Marguerite"


@pytest.mark.needs("orthanc")
def test_images_that_come_in_are_drawn_from_and_lie_in_the_pacs_once(tmp_path, model, exam, pacs):
    named = [changed(d, PatientName=NAME, PatientID="MRN-7781") for d in exam]
    content = plain(tmp_path, model, pacs_of(pacs))
    study, port = exam[0].StudyInstanceUID, content["receive"]["port"]
    with running(content) as service:
        assert send(named, port) == send(named, port) == [0] * 4
        until(lambda: len(in_pacs(pacs, study)) == 8)
        until(lambda: {r.state for r in service.queue.results()} == {SENT})
        back = web_client(pacs).retrieve_study(study)
        virtual = [image for image in back if image.Modality == "MG"]
        assert send(virtual, port) == [0] * 4
        assert {d.SOPInstanceUID for d in back} == {r.uid for r in service.queue.results()}
        assert service.queue.counts() == {("image", DRAWN): 4, ("image", LEFT_OUT): 4, ("result", SENT): 8}
    assert {i.SourceImageSequence[0].ReferencedSOPInstanceUID for i in virtual} == {d.SOPInstanceUID for d in exam}
    assert all("toy-autoencoder" in image.ContributingEquipmentSequence[1].ManufacturerModelName for image in virtual)
    assert all("research only" in image.SeriesDescription for image in back)
    assert all(image.PatientName == NAME for image in back)
    logs = b"".join(p.read_bytes() for p in Path(content["folder"]).rglob("*") if p.is_file() and p.suffix != ".dcm")
    assert len(logs) > 10_000
    assert not [word for word in ("Whitfield", "Marguerite", "MRN-7781") if word.encode() in logs]


@pytest.mark.needs("orthanc")
def test_a_pacs_that_is_away_gets_everything_when_it_is_back(tmp_path, model, exam):
    port = free_port()
    pacs = {"kind": "dicom", "name": "pacs", "title": TITLE, "host": "127.0.0.1", "port": port}
    content = plain(tmp_path, model, pacs)
    with running(content) as service:
        assert send(exam, content["receive"]["port"]) == [0] * 4
        until(lambda: service.queue.counts().get(("image", DRAWN)) == 4)
        until(lambda: {r.tries for r in service.queue.results()} & {2, 3, 4})
        with orthanc(tmp_path, port) as back:
            until(lambda: len(in_pacs(back, exam[0].StudyInstanceUID)) == 8)


@pytest.mark.needs("orthanc")
def test_a_pacs_promises_to_keep_what_it_has(tmp_path, model, exam):
    content = plain(tmp_path, model)
    content["receive"]["callers"].append({"title": TITLE, "address": "127.0.0.1"})
    known = {"vcem": ["VCEM", "127.0.0.1", content["receive"]["port"]]}
    with orthanc(tmp_path, DicomModalities=known) as pacs:
        content["destinations"] = [pacs_of(pacs) | {"commitment": True}]
        with running(content) as service:
            send(exam, content["receive"]["port"])
            until(lambda: service.queue.counts().get(("result", SENT)) == 8)
    kept = [e for e in events(content) if e["event"] == "sent"]
    assert len({e["result"] for e in kept}) == len(kept) == 8


def test_where_no_promise_is_offered_storing_is_enough(tmp_path, model, exam):
    with scripted_pacs() as (pacs, came):
        content = plain(tmp_path, model, pacs | {"commitment": True})
        with running(content) as service:
            send(exam[:1], content["receive"]["port"])
            until(lambda: service.queue.counts().get(("result", SENT)) == 2)
            assert {r.why for r in service.queue.results()} == {"storage commitment is not offered"}
    assert len(came) == 2


def test_half_a_study_may_be_rejected_and_is_sent_again_by_hand(tmp_path, model, exam):
    refuse = {"labels": True}

    def answer(dataset):
        return 0xC000 if dataset.Modality == "PR" and refuse["labels"] else 0

    with scripted_pacs(answer) as (pacs, came):
        content = plain(tmp_path, model, pacs)
        with running(content) as service:
            send(exam, content["receive"]["port"])
            until(lambda: service.queue.counts().get(("result", SENT)) == 4)
            until(lambda: service.queue.counts().get(("result", DEAD)) == 4)
            refuse["labels"] = False
            assert service.queue.again([], 0) == 4
            until(lambda: service.queue.counts().get(("result", SENT)) == 8)
    assert len(came) == 12


def test_a_dry_run_draws_and_sends_nothing(tmp_path, model, exam):
    with scripted_pacs() as (pacs, came):
        content = plain(tmp_path, model, pacs, dry_run=True)
        with running(content) as service:
            send(exam[:1], content["receive"]["port"])
            until(lambda: service.queue.counts().get(("result", KEPT)) == 2)
        assert came == []
        with running(content | {"dry_run": False}) as service:
            assert service.queue.again([], 0) == 2
            until(lambda: len(came) == 2)


def test_one_gateway_works_in_a_folder(tmp_path, model):
    content = plain(tmp_path, model)
    with running(content), pytest.raises(UsageError, match="Another process is running a gateway"):
        running(content).__enter__()


@pytest.mark.slow
@pytest.mark.needs("orthanc")
def test_ten_senders_at_once(tmp_path, model, exam, pacs):
    content = plain(tmp_path, model, pacs_of(pacs), draw={"label": False})

    def many(sender):
        study = {"StudyInstanceUID": uid_for(sender, "study"), "SeriesInstanceUID": uid_for(sender, "series")}
        images = [changed(exam[n % 4], SOPInstanceUID=uid_for(sender, n), **study) for n in range(30)]
        return study["StudyInstanceUID"], send(images, content["receive"]["port"])

    with running(content) as service, ThreadPoolExecutor(10) as senders:
        sent = list(senders.map(many, range(10)))
        assert all(statuses == [0] * 30 for _, statuses in sent)
        until(lambda: service.queue.counts() == {("image", DRAWN): 300, ("result", SENT): 300}, 3000)
    for study, _ in sent:
        assert len(set(in_pacs(pacs, study))) == len(in_pacs(pacs, study)) == 30
