"""DICOMweb: asking (QIDO-RS), fetching (WADO-RS) and storing (STOW-RS; PS3.18), by the standard library alone."""

import base64
import http.client
import json
from collections.abc import Mapping, Sequence
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from vcem.core.errors import FailureError, UsageError
from vcem.gateway.dimse import answer_to
from vcem.gateway.queue import Result
from vcem.gateway.send import Answer, Note
from vcem.gateway.settings import Web
from vcem.gateway.tls import Tls, client_context

Object = dict[str, Any]
MOST_BYTES = 2**30
BOUNDARY = "vcem-gateway-0c6f1e5a"
FAILED, REASON = "00081198", "00081197"  # Failed SOP Sequence, Failure Reason
DENIED, SOON = (401, 403), (408, 425, 429)


class WebClient:
    """One DICOMweb server."""

    def __init__(self, web: Web) -> None:
        self._web, self._at = web, urlsplit(web.url)

    def search(self, path: str, filters: Mapping[str, str]) -> list[Object]:
        """Ask for studies, series or instances; no answer is none.

        Raises:
            FailureError: if the server cannot be reached or refuses.
        """
        status, _, body = self._ask("GET", f"{path}?{urlencode(filters)}", {"Accept": "application/dicom+json"})
        if status == 204:
            return []
        found = self._json(body) if status == 200 else None
        if not isinstance(found, list):
            raise FailureError(f"{self._web.url} answers {path} with status {status}.", "a list of DICOM JSON")
        return found

    def fetch(self, study: str, series: str, uid: str) -> bytes:
        """Return one instance as a file, in the transfer syntax that the server has it in; raises as `search`."""
        accept = 'multipart/related; type="application/dicom"; transfer-syntax=*'
        path = f"/studies/{study}/series/{series}/instances/{uid}"
        status, kind, body = self._ask("GET", path, {"Accept": accept})
        if status != 200:
            raise FailureError(f"{self._web.url} does not give instance {uid}: status {status}.")
        return first_part(kind, body)

    def store(self, content: bytes) -> tuple[Answer, str]:
        """Store one file; return what becomes of it, and why. Raises as `search`."""
        head = f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        kind = f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'
        headers = {"Content-Type": kind, "Accept": "application/dicom+json"}
        body = head + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        status, _, said = self._ask("POST", "/studies", headers, body)
        return stored(status, self._json(said))

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[int, str, bytes]:
        connection = self._connection()
        try:
            connection.request(method, self._at.path.rstrip("/") + path, body or None, {**headers, **self._who()})
            response = connection.getresponse()
            content = response.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise FailureError(f"{self._web.url} cannot be reached: {error or type(error).__name__}.") from error
        finally:
            connection.close()
        if response.status in DENIED or len(content) > MOST_BYTES:
            why = f"status {response.status}" if response.status in DENIED else "more than 1 GiB"
            raise FailureError(f"{self._web.url} refuses: {why}.", "user and password that it knows")
        return response.status, response.headers.get("Content-Type", ""), content

    def _connection(self) -> http.client.HTTPConnection:
        host, port, wait = self._at.hostname or "", self._at.port, self._web.timeout_s
        if self._at.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=wait)
        context = client_context(self._web.tls or Tls())
        return http.client.HTTPSConnection(host, port, timeout=wait, context=context)

    def _who(self) -> dict[str, str]:
        if self._web.user is None or self._web.password_file is None:
            return {}
        try:
            password = (self._web.password_file.read_text("utf-8").splitlines() or [""])[0]
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{self._web.password_file} cannot be read: {error}.", "a file of one line") from error
        return {"Authorization": "Basic " + base64.b64encode(f"{self._web.user}:{password}".encode()).decode()}

    def _json(self, body: bytes) -> Any:  # noqa: ANN401
        try:
            return json.loads(body or b"{}")
        except ValueError:
            return None


def first_part(kind: str, body: bytes) -> bytes:
    """Return the first part of a multipart body.

    Raises:
        FailureError: if it is none.
    """
    message = Message()
    message["Content-Type"] = kind
    boundary = message.get_boundary()
    if not kind.startswith("multipart/") or not boundary:
        raise FailureError(f"The server gives {kind or 'no type'}.", "multipart/related")
    mark = b"--" + boundary.encode()
    begin = body.find(b"\r\n\r\n", body.find(mark))
    end = body.find(b"\r\n" + mark, begin)
    if begin < 0 or end < 0:
        raise FailureError("The answer of the server was cut short.", "a whole multipart body")
    return body[begin + 4 : end]


def stored(status: int, said: Any) -> tuple[Answer, str]:  # noqa: ANN401
    """Return what an answer to STOW-RS means; a list of failures counts more than the status."""
    failed = said.get(FAILED, {}).get("Value", []) if isinstance(said, dict) else []
    if failed:
        reason = failed[0].get(REASON, {}).get("Value", [0x0110])[0]
        answer, why = answer_to(int(reason))
        return (Answer.NEVER if answer is Answer.HAS else answer), why or f"failure reason {reason}"
    if 200 <= status < 300:
        return Answer.HAS, ""
    lasting = 400 <= status < 500 and status not in SOON
    return (Answer.NEVER if lasting else Answer.LATER), f"status {status}"


class WebDoor:
    """The way to a PACS by STOW-RS."""

    def __init__(self, web: Web) -> None:
        self._client, self._url = WebClient(web), web.url

    def deliver(self, results: Sequence[Result], folder: Path, note: Note) -> None:
        """Store one object a request, so that each has its own answer; raises as `Door` says."""
        for result in results:
            path = folder / f"{result.uid}.dcm"
            if path.is_file():
                note(result, *self._client.store(path.read_bytes()))
            else:
                note(result, Answer.NEVER, "its file is gone")

    def ask_to_keep(self, results: Sequence[Result], transaction: str) -> str:
        """Say that it is not asked for: what STOW-RS has accepted it keeps."""
        return "storage commitment is of C-STORE only"

    def check(self) -> str:
        """Ask for one study; raises as `Door` says."""
        self._client.search("/studies", {"limit": "1"})
        return f"{self._url} answers QIDO-RS"
