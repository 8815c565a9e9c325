import socket
import ssl
import threading
from contextlib import ExitStack, contextmanager

import pytest
from pydicom.uid import JPEGLosslessSV1, RLELossless
from pynetdicom import AE
from pynetdicom.sop_class import CTImageStorage, Verification

from encoded_dicom import LOSSLESS, LOSSY, PLAIN
from gateways import certificates, changed, send, until
from processes import free_port
from vcem.core.errors import UsageError
from vcem.dicom.exchange import MAMMOGRAM, READ
from vcem.gateway.audit import Audit
from vcem.gateway.intake import Intake
from vcem.gateway.queue import Queue
from vcem.gateway.receive import Receiver, knows
from vcem.gateway.settings import Caller, Limits, Receive
from vcem.gateway.tls import Tls

HERE = (Caller("UNIT", address="127.0.0.1"),)


@contextmanager
def receiving(folder, callers=HERE, **more):
    queue, port = Queue(folder), free_port()
    intake = Intake(folder, queue, Limits(free_mb=1), Audit(folder))
    receiver = Receiver(Receive(port=port, callers=callers, **more), intake, intake.audit, lambda _: None)
    assert receiver.listening
    try:
        yield port, queue
    finally:
        receiver.close()
        assert not receiver.listening
        queue.close()


def contexts(port, sop_class, syntaxes):
    ae = AE("UNIT")
    ae.add_requested_context(sop_class, syntaxes)
    association = ae.associate("127.0.0.1", port, ae_title="VCEM")
    accepted = [context.transfer_syntax[0] for context in association.accepted_contexts]
    association.release()
    return accepted


def test_who_is_not_on_the_list_is_refused_and_written_down(tmp_path, exam):
    with receiving(tmp_path) as (port, queue):
        assert send(exam[:1], port, title="STRANGER") is None
        assert send(exam[:1], port, called="SOMEONE") is None
        assert queue.images() == []
        assert send(exam[:1], port) == [0]
    assert '"event": "refused", "caller": "STRANGER"' in next((tmp_path / "audit").iterdir()).read_text()


def test_a_known_title_from_another_address_is_refused(tmp_path, exam):
    with receiving(tmp_path, (Caller("UNIT", address="10.1.2.3"),)) as (port, _):
        assert send(exam[:1], port) is None


def test_it_answers_an_echo_and_takes_mammograms_alone(tmp_path):
    with receiving(tmp_path) as (port, _):
        ae = AE("UNIT")
        ae.add_requested_context(Verification)
        ae.add_requested_context(CTImageStorage)
        association = ae.associate("127.0.0.1", port, ae_title="VCEM")
        assert association.send_c_echo().Status == 0
        assert [c.abstract_syntax for c in association.rejected_contexts] == [CTImageStorage]
        association.release()


@pytest.mark.parametrize("syntax", [*PLAIN, *LOSSLESS, *LOSSY])
def test_every_compression_that_is_read_is_taken(syntax):
    assert syntax in READ


def test_compressed_images_come_in_as_they_are(tmp_path, exam):
    packed = changed(exam[0])
    packed.compress(RLELossless, generate_instance_uid=False)
    with receiving(tmp_path) as (port, _):
        assert contexts(port, MAMMOGRAM, [JPEGLosslessSV1]) == [JPEGLosslessSV1]
        assert contexts(port, MAMMOGRAM, ["1.2.840.10008.1.2.4.100"]) == [], "of moving pictures"
        assert send([packed], port) == [0]
    (file,) = (tmp_path / "in").iterdir()
    assert RLELossless.encode() in file.read_bytes()[:400]


def test_a_taken_port_is_an_error(tmp_path):
    with receiving(tmp_path) as (port, queue):
        intake = Intake(tmp_path, queue, Limits(), Audit(tmp_path))
        with pytest.raises(UsageError, match="cannot be used"):
            Receiver(Receive(port=port, callers=HERE), intake, intake.audit, lambda _: None)


def test_callers_are_known_by_certificate(tmp_path, exam):
    made = certificates(tmp_path, "server", "unit", "other")
    known = (Caller("UNIT", certificate=made["unit"].fingerprint.upper()),)
    tls = Tls(made["server"].certificate, made["server"].key, made["authority"].certificate)
    with receiving(tmp_path, known, tls=tls) as (port, _):
        assert send(exam[:1], port, tls=made["unit"]) == [0]
        assert send(exam[:1], port, tls=made["other"]) is None
        with socket.create_connection(("127.0.0.1", port)):  # silent: the handshake never comes
            pass
        assert send(exam[:1], port) is None, "in the clear"
        assert send(exam[:1], port, tls=made["unit"]) == [0]


def test_a_title_proves_nothing_alone():
    assert knows(Caller("A", certificate="ab" * 32), "A", "10.0.0.1", "ab" * 32)
    assert not knows(Caller("A", certificate="ab" * 32), "A", "10.0.0.1", "")
    assert not knows(Caller("A", address="10.0.0.1"), "B", "10.0.0.1", "")


def test_a_caller_without_a_certificate_can_be_let_in_by_address(tmp_path):
    made = certificates(tmp_path, "server")
    with receiving(tmp_path, tls=Tls(made["server"].certificate, made["server"].key)) as (port, _):
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection(("127.0.0.1", port)) as plain, old.wrap_socket(plain) as wrapped:
            assert wrapped.version() == "TLSv1.2"


def test_connections_that_came_and_went_take_nobodys_place(tmp_path, exam):
    with receiving(tmp_path, associations=3, timeout_s=900) as (port, _):
        for _ in range(9):
            socket.create_connection(("127.0.0.1", port)).close()
        until(lambda: send(exam[:1], port) == [0])


def test_it_stops_beside_connections_that_ask_for_nothing(tmp_path):
    before = set(threading.enumerate())
    with ExitStack() as held, receiving(tmp_path) as (port, _):
        for _ in range(3):
            held.enter_context(socket.create_connection(("127.0.0.1", port)))
        asking = AE("UNIT")
        asking.add_requested_context(Verification)
        association = asking.associate("127.0.0.1", port, ae_title="VCEM")
        assert sum(type(t).__name__ == "Association" for t in set(threading.enumerate()) - before) == 5
    for thread in {t for t in threading.enumerate() if not t.daemon} - before:
        thread.join(60)
        assert not thread.is_alive(), "the process could not end"
    assert association.is_aborted
