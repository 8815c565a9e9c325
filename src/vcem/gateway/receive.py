"""The door for C-STORE: mammograms for presentation, in the compressions that are read here, from who may send."""

import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import StorageCommitmentPushModel, Verification  # type: ignore[attr-defined]
from pynetdicom.transport import ThreadedAssociationServer

from vcem.core.errors import UsageError
from vcem.dicom.exchange import MAMMOGRAM, READ, Commitment, commitment_of
from vcem.gateway.audit import Audit
from vcem.gateway.intake import Intake
from vcem.gateway.settings import Caller, Receive
from vcem.gateway.tls import fingerprint, server_context

PERMANENT, BY_USER, CALLING_TITLE = 0x01, 0x01, 0x03  # of A-ASSOCIATE-RJ (PS3.8 9.3.4)
SUCCESS, NO_SUCH_EVENT, BAD_REPORT = 0x0000, 0x0113, 0x0115
PDU_BYTES = 2**18


def silence() -> None:
    """Say nothing of what the network library would log: it may print whole headers."""
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)


class Receiver:
    """A listening application entity; closed by `close`."""

    def __init__(
        self, settings: Receive, intake: Intake, audit: Audit, committed: Callable[[Commitment], None]
    ) -> None:
        self._settings, self._intake, self._audit, self._committed = settings, intake, audit, committed
        handlers: list[Any] = [(evt.EVT_REQUESTED, self._ask), (evt.EVT_C_STORE, self._store),
                    (evt.EVT_N_EVENT_REPORT, self._report), (evt.EVT_C_ECHO, lambda _: SUCCESS),
                    (evt.EVT_CONN_CLOSE, _let_go)]  # fmt: skip
        context = server_context(settings.tls) if settings.tls else None
        try:
            self._server = _entity(settings).make_server(
                (settings.host, settings.port), evt_handlers=handlers, ssl_context=context,
                server_class=ThreadedAssociationServer,
            )  # fmt: skip
        except OSError as error:
            raise UsageError(
                f"{settings.host}:{settings.port} cannot be used: {error.strerror or error}.", "a free port"
            ) from error
        self._thread = Thread(target=self._server.serve_forever, name="receive", daemon=True)
        self._thread.start()

    @property
    def listening(self) -> bool:
        """Whether the thread that accepts associations lives."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Stop listening and end open associations."""
        with suppress(ValueError):  # for the library keeps no list of a server whose thread is ours
            self._server.shutdown()
        self._thread.join()
        for association in self._server.ae.active_associations:
            _end(association)

    def _ask(self, event: Any) -> None:  # noqa: ANN401 (pynetdicom's)
        """Refuse who is not on the list: by title, and by address or certificate."""
        request, peer = event.assoc.requestor.primitive, event.assoc.requestor.address
        shown = fingerprint(event.assoc.dul.socket.socket)
        title = request.calling_ae_title.strip()
        if any(knows(caller, title, peer, shown) for caller in self._settings.callers):
            return
        event.assoc.acse.send_reject(PERMANENT, BY_USER, CALLING_TITLE)
        event.assoc.kill()
        self._audit("refused", caller=title if title.isprintable() else "", address=peer)

    def _store(self, event: Any) -> int:  # noqa: ANN401
        uid, sender = str(event.request.AffectedSOPInstanceUID), event.assoc.requestor.ae_title.strip()
        return self._intake.take(event.encoded_dataset(), uid, sender).status

    def _report(self, event: Any) -> tuple[int, None]:  # noqa: ANN401
        if event.request.AffectedSOPClassUID != StorageCommitmentPushModel:
            return NO_SUCH_EVENT, None
        try:
            self._committed(commitment_of(event.event_information))
        except (AttributeError, ValueError, TypeError):
            return BAD_REPORT, None
        return SUCCESS, None


def knows(caller: Caller, title: str, address: str, certificate: str) -> bool:
    """Return whether someone is this caller."""
    if caller.title.strip() != title:
        return False
    if caller.certificate:
        return certificate == caller.certificate.lower().replace(":", "")
    return address == caller.address


def _end(association: Association) -> None:
    """Abort an association; close the connection of one that has asked for nothing: PS3.8 9.2 has no abort there."""
    if association.is_established:
        association.abort()
    elif connection := association.dul.socket:
        connection.close()


def _let_go(event: Any) -> None:  # noqa: ANN401
    """Stop waiting for the request of a closed connection, which would hold a place among associations."""
    if event.assoc.requestor.primitive is None:
        event.assoc.dul.to_user_queue.put(None)


def _entity(settings: Receive) -> AE:
    silence()
    entity = AE(settings.title)
    entity.require_called_aet = True
    entity.maximum_associations = settings.associations
    entity.maximum_pdu_size = PDU_BYTES
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = settings.timeout_s
    entity.add_supported_context(Verification)
    entity.add_supported_context(MAMMOGRAM, list(READ))
    entity.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
    return entity
