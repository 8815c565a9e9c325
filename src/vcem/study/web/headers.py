"""What all pages of the reading room share: the headers of every answer, templates, scripts, and messages to read."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vcem.core.errors import UsageError, VcemError

MOST_BYTES = 65536
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# a day: the header binds every service of that host name to TLS, not only this one (RFC 6797, section 8.3)
STAY_ON_TLS = {"Strict-Transport-Security": "max-age=86400"}
TYPES = {".js": "text/javascript", ".css": "text/css"}
PAGES = files("vcem.study").joinpath("pages")
ASSETS = frozenset(file.name for file in PAGES.iterdir() if Path(file.name).suffix in TYPES)
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
            await page("message.html", 400, text="This server is not known by that name.")(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _host(scope: Scope) -> str:
    try:
        return urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
    except ValueError:  # brackets that enclose no address
        return ""


class SameSite:
    """Refuses what another site sends in a reader's name, such as a form that opens somebody else's link."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on unless it changes something and comes from elsewhere."""
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD") and _is_foreign(Headers(scope=scope)):
            await said(Request(scope), "Please use this site's own pages, or open your link yourself.", 403)(
                scope, receive, send
            )
        else:
            await self._app(scope, receive, send)


def _is_foreign(headers: Headers) -> bool:
    """Return whether a browser says that another site sent this; scripts say nothing."""
    if (site := headers.get("sec-fetch-site")) is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


def application(routes: Sequence[Route], hosts: Sequence[str], more: Mapping[str, str] | None = None) -> ASGIApp:
    """Return an application that answers to these host names; all its answers have the headers, errors among them."""
    inner = Starlette(
        routes=routes, exception_handlers={HTTPException: _missing, VcemError: _refused, Exception: _failed}
    )
    return SameHeaders(KnownHosts(SameSite(inner), hosts), {**HEADERS, **(more or {})})


def _missing(request: Request, error: Exception) -> Response:
    return said(request, "There is no such page.", error.status_code if isinstance(error, HTTPException) else 404)


def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, UsageError):
        return said(request, error.found, 409)
    return said(request, "The server cannot store or read this now. Please say so to those who run the study.", 503)


def _failed(request: Request, error: Exception) -> Response:
    return said(request, "The server met an error. What was confirmed is stored; please reload the page.", 500)


def wants_page(request: Request) -> bool:
    """Return whether a person's browser asks, for a page to look at, and not a script of ours."""
    return "text/html" in request.headers.get("accept", "")


def said(request: Request, text: str, status: int) -> Response:
    """Return an error as a page to a person, as JSON to a script."""
    return page("message.html", status, text=text) if wants_page(request) else JSONResponse({"error": text}, status)


def for_scripts(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Return a handler that leads a person who asks for what scripts read to the pages."""

    async def handler(request: Request) -> Response:
        return RedirectResponse("/", 303) if wants_page(request) else await answer(request)

    return handler


def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 (whatever a template shows)
    """Return a filled template."""
    return HTMLResponse(TEMPLATES.get_template(name).render(**values), status)


async def asset(request: Request) -> Response:
    """Return a script or style of the pages."""
    name = request.path_params["name"]
    if name not in ASSETS:
        raise HTTPException(404)
    return Response(PAGES.joinpath(name).read_bytes(), media_type=TYPES[Path(name).suffix])


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
        UsageError: if it is too long, or not JSON that can be stored: too deep, half a letter, not a number.
    """
    try:
        found = json.loads((await body_of(request)).decode())
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise UsageError("The message cannot be read.") from error
    return found
