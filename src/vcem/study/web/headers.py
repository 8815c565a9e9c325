"""What all pages of the reading room share: the headers of every answer, templates, scripts, and messages to read."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vcem.core.errors import UsageError

MOST_BYTES = 65536
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# a day: the header binds every service of that host name to TLS, not only this one (RFC 6797, section 8.3)
STAY_ON_TLS = {"Strict-Transport-Security": "max-age=86400"}
TYPES = {".js": "text/javascript", ".css": "text/css"}
TEMPLATES = Environment(loader=PackageLoader("vcem.study", "pages"), autoescape=True, undefined=StrictUndefined)


class SameHeaders:
    """Puts the same headers on every answer."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] = HEADERS) -> None:
        self._app, self._headers = app, dict(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and dress its answer."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, sent)


class KnownHosts:
    """Answers to these host names only, IPv6 addresses among them: another site's name must not lead here."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if it was meant for this server."""
        if scope["type"] == "http" and "*" not in self._hosts and _host(scope) not in self._hosts:
            await Response("Invalid host header", 400)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _host(scope: Scope) -> str:
    try:
        return urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
    except ValueError:  # brackets that enclose no address
        return ""


def dressed(hosts: Sequence[str], more: Mapping[str, str] | None = None) -> list[Middleware]:
    """Return what stands around every application: the headers, and the host names that it answers to."""
    return [
        Middleware(SameHeaders, headers={**HEADERS, **(more or {})}),
        Middleware(KnownHosts, hosts=hosts),
    ]


def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 (whatever a template shows)
    """Return a filled template."""
    return HTMLResponse(TEMPLATES.get_template(name).render(**values), status)


def refusal(text: str, status: int) -> JSONResponse:
    """Return an error as the scripts of the pages read it."""
    return JSONResponse({"error": text}, status)


async def asset(request: Request) -> Response:
    """Return a script or style of the pages."""
    name = request.path_params["name"]
    file = files("vcem.study").joinpath("pages", name)
    kind = TYPES.get(Path(name).suffix)
    if kind is None or not file.is_file():
        return Response(status_code=404)
    return Response(file.read_bytes(), media_type=kind)


async def body_of(request: Request) -> bytes:
    """Return what was sent, if it is not too long.

    Raises:
        UsageError: if it is.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise UsageError("The message is too long.")
    return body


async def message_of(request: Request) -> Any:  # noqa: ANN401 (came over the wire)
    """Return the JSON that was sent.

    Raises:
        UsageError: if it is too long or not JSON.
    """
    try:
        return json.loads(await body_of(request))
    except ValueError as error:
        raise UsageError("The message cannot be read.") from error
