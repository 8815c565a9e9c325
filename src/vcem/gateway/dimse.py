"""The way to a PACS by C-STORE, and storage commitment where it is offered."""

import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pynetdicom import AE, _config, evt
from pynetdicom.sop_class import StorageCommitmentPushModel, Verification  # type: ignore[attr-defined]

from vcem.core.errors import FailureError
from vcem.dicom.exchange import WRITTEN, Commitment, commitment_of, commitment_request
from vcem.gateway.queue import Result
from vcem.gateway.receive import silence
from vcem.gateway.send import Answer, Note
from vcem.gateway.settings import DicomDestination
from vcem.gateway.tls import client_context

_config.STORE_SEND_CHUNKED_DATASET = True  # the bytes of the file as they are, a part at a time
WELL_KNOWN_INSTANCE = "1.2.840.10008.1.20.1.1"  # of storage commitment (PS3.4 J.3.5)
ASK = 1  # action type
MEANINGS = {0xA7: "out of resources", 0xA9: "the data set does not match its class", 0xC0: "cannot be understood",
            0x01: "refused"}  # fmt: skip


class DicomDoor:
    """Associations with one PACS."""

    def __init__(self, destination: DicomDestination, title: str, committed: Callable[[Commitment], None]) -> None:
        silence()
        self._to, self._title, self._committed = destination, title, committed

    def deliver(self, results: Sequence[Result], folder: Path, note: Note) -> None:
        """Send by C-STORE in one association; raises as `Door` says."""
        contexts = sorted({result.sop_class for result in results})
        with self._association([(c, WRITTEN) for c in contexts]) as association:
            accepted = {str(context.abstract_syntax) for context in association.accepted_contexts}
            for result in results:
                path = folder / f"{result.uid}.dcm"
                if not path.is_file():
                    note(result, Answer.NEVER, "its file is gone")
                elif result.sop_class not in accepted:
                    note(result, Answer.NEVER, "the destination does not take objects of this class")
                else:
                    note(result, *self._store(association, path))

    def ask_to_keep(self, results: Sequence[Result], transaction: str) -> str:
        """Ask for storage commitment by N-ACTION; raises as `Door` says."""
        images = [(result.sop_class, result.uid) for result in results]
        with self._association([(str(StorageCommitmentPushModel), WRITTEN)]) as association:
            if not association.accepted_contexts:
                return "storage commitment is not offered"
            request = commitment_request(transaction, images)
            status, _ = association.send_n_action(request, ASK, str(StorageCommitmentPushModel), WELL_KNOWN_INSTANCE)
            code = _code(status, self._to.name)
            return "" if code == 0 else f"storage commitment is refused, status {code:#06x}"

    def check(self) -> str:
        """Send C-ECHO; raises as `Door` says."""
        with self._association([(str(Verification), WRITTEN)]) as association:
            if association.accepted_contexts and _code(association.send_c_echo(), self._to.name) == 0:
                return f"{self._to.title} at {self._to.host}:{self._to.port} answers C-ECHO"
            raise FailureError(f"{self._to.name} takes the association but does not answer C-ECHO.")

    def _store(self, association: Any, path: Path) -> tuple[Answer, str]:  # noqa: ANN401 (pynetdicom's)
        if not association.is_established:
            raise FailureError(f"{self._to.name} ended the association.")
        return answer_to(_code(association.send_c_store(path), self._to.name))

    @contextmanager
    def _association(self, contexts: Iterable[tuple[str, str]]) -> Iterator[Any]:
        self._reach()
        entity = AE(self._title)
        entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = self._to.timeout_s
        entity.network_timeout = self._to.timeout_s
        for sop_class, syntax in contexts:
            entity.add_requested_context(sop_class, syntax)
        tls = (client_context(self._to.tls), self._to.host) if self._to.tls else None
        association = entity.associate(
            self._to.host, self._to.port, ae_title=self._to.title, tls_args=tls,
            evt_handlers=[(evt.EVT_N_EVENT_REPORT, self._report)],
        )  # fmt: skip
        if association.is_rejected:
            raise FailureError(f"{self._to.name} rejects {self._title}: is that title known to it?")
        if not association.is_established and not association.rejected_contexts:
            raise FailureError(f"{self._to.name} does not agree to an association, or not in time.")
        try:
            yield association
        finally:
            if association.is_established:
                association.release()

    def _reach(self) -> None:
        """Connect once beforehand: the network library keeps to itself why nobody could be reached."""
        try:
            socket.create_connection((self._to.host, self._to.port), self._to.timeout_s).close()
        except OSError as error:
            where = f"{self._to.name} cannot be reached at {self._to.host}:{self._to.port}"
            raise FailureError(f"{where}: {error.strerror or error}.") from error

    def _report(self, event: Any) -> tuple[int, None]:  # noqa: ANN401
        self._committed(commitment_of(event.event_information))
        return 0, None


def answer_to(code: int) -> tuple[Answer, str]:
    """Return what a status of C-STORE means (PS3.4 B.2.3): warnings are success, a lack of resources passes."""
    if code == 0 or code >> 12 == 0xB:
        return Answer.HAS, "" if code == 0 else f"status {code:#06x}"
    why = f"status {code:#06x}, {MEANINGS.get(code >> 8, 'failure')}"
    return (Answer.LATER if code >> 8 == 0xA7 else Answer.NEVER), why


def _code(status: Any, name: str) -> int:  # noqa: ANN401
    """Return the code of a response; one without a code means that none came in time."""
    if "Status" not in status:
        raise FailureError(f"{name} did not answer in time, or ended the association.")
    return int(status.Status)
