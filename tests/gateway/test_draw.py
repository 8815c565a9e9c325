import os
import shutil
import signal
from contextlib import suppress
from threading import Thread

import pytest

from enhancing import toy_model
from gateways import changed, file_of, gateway_of, plain
from vcem.core.errors import FailureError
from vcem.dicom.exchange import LABEL, MAMMOGRAM
from vcem.gateway.audit import Audit
from vcem.gateway.draw import NOBODY, Drawer, stamp
from vcem.gateway.queue import DRAWN, FAILED, KEPT, LEFT_OUT, READY, WAITING, Image, Queue

PACS = {"kind": "dicom", "name": "pacs", "title": "PACS", "host": "127.0.0.1", "port": 1}


class Bench:
    """A drawer with images that are ready."""

    def __init__(self, folder, model, *destinations, **changes):
        self.gateway = gateway_of(plain(folder, model, *destinations, **changes))
        (self.gateway.folder / "in").mkdir(parents=True)
        self.queue = Queue(self.gateway.folder)
        self.drawer = Drawer(self.gateway, self.queue, Audit(self.gateway.folder))
        self.out = self.gateway.folder / "out"

    def put(self, dataset, content=None):
        uid = str(dataset.SOPInstanceUID)
        (self.gateway.folder / "in" / f"{uid}.dcm").write_bytes(content or file_of(dataset))
        self.queue.add(Image(uid, "1.9", "d", "", "UNIT", READY, "", 0, 0, 0, 0))
        return uid

    def close(self):
        self.drawer.close()
        self.queue.close()


@pytest.fixture
def bench(tmp_path, model):
    made = Bench(tmp_path, model, PACS)
    yield made
    made.close()


def test_an_image_is_drawn_from_and_its_results_wait_for_the_destination(bench, exam):
    uid = bench.put(exam[0])
    assert bench.drawer.step()
    assert bench.queue.image(uid).state == DRAWN
    results = bench.queue.results()
    assert {r.sop_class for r in results} == {MAMMOGRAM, LABEL}
    assert {r.state for r in results} == {WAITING}
    assert results[0].model.startswith("toy-autoencoder ")
    assert {p.name for p in bench.out.iterdir()} == {f"{r.uid}.dcm" for r in results}
    assert not bench.drawer.step()


def test_what_is_drawn_again_is_the_same_object_byte_for_byte(bench, exam):
    uid = bench.put(exam[0])
    bench.drawer.step()
    before = {path.name: path.read_bytes() for path in bench.out.iterdir()}
    bench.queue.set_image(uid, READY, "", 0)  # as after a kill between file and row
    bench.drawer.step()
    assert {path.name: path.read_bytes() for path in bench.out.iterdir()} == before
    assert len(bench.queue.results()) == 2


def test_what_may_not_be_drawn_from_is_left_out_with_the_reason(bench, exam):
    uid = bench.put(changed(exam[0], ImageType=["ORIGINAL", "PRIMARY", "POST_CONTRAST", "", "HIGH_ENERGY"]))
    damaged = bench.put(exam[1], file_of(exam[1])[:-500])
    while bench.drawer.step():
        pass
    assert bench.queue.image(uid).state == LEFT_OUT
    assert "not LE" in bench.queue.image(uid).why
    assert bench.queue.image(damaged).state == READY, "it is tried once more"
    bench.queue.set_image(damaged, READY, "", 0, tries=1, due=0)
    bench.drawer.step()
    assert bench.queue.image(damaged).state == FAILED
    assert bench.queue.results() == []
    assert list(bench.out.iterdir()) == []


def test_a_process_that_dies_is_one_failed_image(tmp_path, model, exam):
    bench = Bench(tmp_path, model, draw={"tries": 1})
    bench.drawer.step()
    os.kill(bench.drawer.pid, signal.SIGSTOP)
    stopped, uid = bench.drawer.pid, bench.put(exam[0])
    drawing = Thread(target=bench.drawer.step)
    drawing.start()
    os.kill(stopped, signal.SIGKILL)
    drawing.join()
    first = bench.queue.image(uid)
    bench.put(exam[1])
    bench.drawer.step()
    assert bench.drawer.pid != stopped
    assert first.state in (FAILED, DRAWN), "killed while it drew, or before and replaced"
    assert bench.queue.image(str(exam[1].SOPInstanceUID)).state == DRAWN
    bench.close()


def test_a_process_that_hangs_is_ended(tmp_path, model, exam):
    bench = Bench(tmp_path, model, draw={"tries": 1, "image_s": 30})
    bench.drawer.step()
    uid = bench.put(exam[0])
    object.__setattr__(bench.gateway.draw, "image_s", 0.3)
    os.kill(bench.drawer.pid, signal.SIGSTOP)
    bench.drawer.step()
    assert (bench.queue.image(uid).state, bench.drawer.pid) == (FAILED, None)
    assert "0.3 s" in bench.queue.image(uid).why
    bench.close()


def test_an_image_that_is_interrupted_stays_in_the_queue_as_it_was(tmp_path, model, exam):
    bench = Bench(tmp_path, model, draw={"tries": 1})
    bench.drawer.step()
    os.kill(bench.drawer.pid, signal.SIGSTOP)
    uid = bench.put(exam[0])

    def step():
        with suppress(FailureError):  # if it was interrupted before it began
            bench.drawer.step()

    drawing = Thread(target=step)
    drawing.start()
    bench.drawer.interrupt()
    drawing.join()
    assert (bench.queue.image(uid).state, bench.queue.image(uid).tries) == (READY, 0)
    bench.close()


def test_an_image_that_needs_too_much_memory_fails_alone(tmp_path, model, exam):
    bench = Bench(tmp_path, model, draw={"tries": 1, "size": 4096, "memory_mb": 700})
    uid = bench.put(exam[0])
    bench.drawer.step()
    assert bench.queue.image(uid).state == FAILED
    assert "memory" in bench.queue.image(uid).why.lower()
    bench.close()


def test_the_model_may_be_replaced_and_each_result_names_its_own(tmp_path, model, exam):
    other = tmp_path / "other"
    shutil.copytree(toy_model(tmp_path / "made"), other)
    place = tmp_path / "model"
    place.symlink_to(model)
    bench = Bench(tmp_path, place)
    bench.put(exam[0])
    bench.drawer.step()
    first = bench.drawer.pid
    place.unlink()
    place.symlink_to(other)
    bench.put(exam[1])
    bench.drawer.step()
    assert bench.drawer.pid != first
    place.unlink()
    place.symlink_to(tmp_path / "nowhere")
    bench.put(exam[2])
    bench.drawer.step()
    assert {i.state for i in bench.queue.images()} == {DRAWN}, "the old model goes on"
    log = next((bench.gateway.folder / "audit").iterdir()).read_text()
    assert (log.count("model opened"), log.count("model refused")) == (2, 1)
    bench.close()


def test_without_a_model_images_wait_and_the_reason_is_known(tmp_path, exam):
    bench = Bench(tmp_path, tmp_path / "nowhere")
    uid = bench.put(exam[0])
    for _ in range(2):
        with pytest.raises(FailureError, match="is neither a run nor an exported model"):
            bench.drawer.step()
    assert bench.queue.image(uid).state == READY
    bench.close()


@pytest.mark.parametrize(("destinations", "dry", "name"), [([], False, NOBODY), ([PACS], True, "pacs")])
def test_with_nobody_to_send_to_results_are_kept(tmp_path, model, exam, destinations, dry, name):
    bench = Bench(tmp_path, model, *destinations, dry_run=dry)
    bench.put(exam[0])
    bench.drawer.step()
    assert {(r.state, r.destination) for r in bench.queue.results()} == {(KEPT, name)}
    bench.close()


def test_a_stamp_tells_models_apart(tmp_path, model):
    assert stamp(str(model)) == stamp(str(model))
    (tmp_path / "link").symlink_to(model)
    assert stamp(str(tmp_path / "link")) == stamp(str(model))
    assert stamp(str(tmp_path / "none")) != stamp(str(model))
