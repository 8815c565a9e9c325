"""The web server of the reading room: Starlette handlers, headers, and the start on loopback or with TLS."""

import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vcem.core.errors import UsageError
from vcem.study.access import Session, same
from vcem.study.room import Room

COOKIE = "reading"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
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
TYPES = {".js": "text/javascript", ".css": "text/css"}
Handler = Callable[[Request], Awaitable[Response]]


class SameHeaders:
    """Puts the same headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and dress its answer."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, sent)


@dataclass(frozen=True)
class Pages:
    """The handlers of one room. `secure` says that the connection is TLS."""

    room: Room
    secure: bool
    templates: Environment

    def app(self, hosts: list[str]) -> Starlette:
        """Return the application; it answers to these host names only."""
        routes = [
            Route("/", self.start),
            Route("/enter/{secret}", self.door),
            Route("/enter/{secret}", self.enter, methods=["POST"]),
            Route("/check", self.check),
            Route("/read", self.read),
            Route("/case", self.case),
            Route("/image/{image}", self.image),
            Route("/page/{name}", self.asset),
            *(Route(f"/{name}", self.posted, methods=["POST"]) for name in ("check", "answer", "pause", "elsewhere")),
        ]
        stack = [Middleware(SameHeaders), Middleware(TrustedHostMiddleware, allowed_hosts=hosts)]
        return Starlette(routes=routes, middleware=stack)

    async def start(self, request: Request) -> Response:
        """Lead a reader to the reading, anyone else nowhere."""
        if await self._session(request):
            return RedirectResponse("/read", 303)
        return self._html("message.html", 401, text="Please open the personal link that you were given.")

    async def door(self, request: Request) -> Response:
        """Show the button that uses a link up; a mail program's preview must not."""
        return await self._with_link(request, self._door)

    async def enter(self, request: Request) -> Response:
        """Use a link up and begin a session."""
        return await self._with_link(request, self._enter)

    async def _with_link(self, request: Request, act: Callable[[str], Response | None]) -> Response:
        address, now = request.client.host if request.client else "", self.room.clock()
        if self.room.brake.stops(address, now):
            return self._html("message.html", 429, text="Too many attempts. Please wait a minute.")
        answer = await run_in_threadpool(act, request.path_params["secret"])
        if answer is None:
            self.room.brake.failed(address, now)
            text = "This link was used already, or has expired. Please ask for a new one."
            return self._html("message.html", 404, text=text)
        return answer

    def _door(self, secret: str) -> Response | None:
        if not self.room.access.holds(secret, self.room.clock()):
            return None
        return self._html("door.html", 200, study=self.room.study.design.name)

    def _enter(self, secret: str) -> Response | None:
        session = self.room.access.enter(secret, self.room.clock())
        if session is None:
            return None
        opened = self.room.access.session(session, self.room.clock())
        if opened:
            self.room.record.append(self.room.clock(), "enter", opened.reader, "", {})
        response = RedirectResponse("/check", 303)
        response.set_cookie(COOKIE, session, httponly=True, samesite="strict", secure=self.secure, path="/")
        return response

    async def check(self, request: Request) -> Response:
        """Show the display check."""
        session = await self._session(request)
        return self._html("check.html", 200, csrf=session.csrf) if session else RedirectResponse("/", 303)

    async def read(self, request: Request) -> Response:
        """Show the reading page, once the display was checked."""
        session = await self._session(request)
        if session is None or not session.display:
            return RedirectResponse("/check" if session else "/", 303)
        return self._html("read.html", 200, csrf=session.csrf)

    async def case(self, request: Request) -> Response:
        """Return the present case."""
        session = await self._session(request)
        if session is None:
            return JSONResponse({"error": "The session has expired."}, 401)
        return JSONResponse(await run_in_threadpool(self.room.show, session.reader))

    async def image(self, request: Request) -> Response:
        """Return the grey values of a picture of the present case."""
        session = await self._session(request)
        if session is None:
            return JSONResponse({"error": "The session has expired."}, 401)
        path = await run_in_threadpool(self.room.picture, session.reader, request.path_params["image"])
        if path is None:
            return JSONResponse({"error": "This is no picture of the present case."}, 404)
        # read at once: a file response would tell its time and size class
        return Response(await run_in_threadpool(path.read_bytes), media_type="application/octet-stream")

    async def asset(self, request: Request) -> Response:
        """Return a script or style of the pages."""
        name = request.path_params["name"]
        file = files("vcem.study").joinpath("pages", name)
        kind = TYPES.get(Path(name).suffix)
        if kind is None or not file.is_file():
            return Response(status_code=404)
        return Response(file.read_bytes(), media_type=kind)

    async def posted(self, request: Request) -> Response:
        """Take a message of the page: checked for its session, its CSRF token and its size before it is read."""
        session = await self._session(request)
        if session is None:
            return JSONResponse({"error": "The session has expired."}, 401)
        if not same(session.csrf, request.headers.get("x-csrf", "")):
            return JSONResponse({"error": "The page is out of date. Please reload it."}, 403)
        try:
            message = await _message(request)
            act = {
                "/check": self._checked,
                "/answer": self._answered,
                "/pause": self._paused,
                "/elsewhere": self._elsewhere,
            }
            plain = await run_in_threadpool(act[request.url.path], session, message)
        except UsageError as error:
            return JSONResponse({"error": error.found}, 409)
        return JSONResponse(plain)

    def _checked(self, session: Session, message: Any) -> dict[str, Any]:  # noqa: ANN401 (came over the wire)
        if not isinstance(message, dict):
            raise UsageError("The display is not described.")
        display = {str(k)[:40]: str(v)[:300] for k, v in list(message.items())[:20]}
        self.room.record.append(self.room.clock(), "display", session.reader, "", display)
        self.room.access.note_display(session, json.dumps(display))
        return {}

    def _answered(self, session: Session, message: Any) -> dict[str, Any]:  # noqa: ANN401
        self.room.answer(session.reader, message)
        return self.room.show(session.reader)

    def _paused(self, session: Session, message: Any) -> dict[str, Any]:  # noqa: ANN401
        kind = "pause" if isinstance(message, dict) and message.get("paused") is True else "resume"
        self.room.record.append(self.room.clock(), kind, session.reader, "", {})
        return {}

    def _elsewhere(self, session: Session, message: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"path": f"/enter/{self.room.access.issue(session.reader, self.room.clock())}"}

    async def _session(self, request: Request) -> Session | None:
        secret = request.cookies.get(COOKIE, "")
        return await run_in_threadpool(self.room.access.session, secret, self.room.clock()) if secret else None

    def _html(self, name: str, status: int, **values: str) -> HTMLResponse:
        return HTMLResponse(self.templates.get_template(name).render(**values), status)


async def _message(request: Request) -> Any:  # noqa: ANN401
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise UsageError("The message is too long.")
    try:
        return json.loads(body)
    except ValueError as error:
        raise UsageError("The message cannot be read.") from error


def create(room: Room, secure: bool = False, hosts: tuple[str, ...] = LOOPBACK) -> Starlette:
    """Return the web application of a room."""
    templates = Environment(loader=PackageLoader("vcem.study", "pages"), autoescape=True, undefined=StrictUndefined)
    return Pages(room, secure, templates).app(list(hosts))


@dataclass(frozen=True)
class Address:
    """Where the server listens. TLS needs both files."""

    host: str = "127.0.0.1"
    port: int = 0
    certificate: Path | None = None
    key: Path | None = None

    @property
    def secure(self) -> bool:
        """Whether connections are encrypted."""
        return self.certificate is not None and self.key is not None

    def base(self, bound: socket.socket) -> str:
        """Return the beginning of every link."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{name}:{bound.getsockname()[1]}"

    def check(self) -> None:
        """Refuse to send readings over a network in the clear.

        Raises:
            UsageError: if the host is not this machine alone and there is no certificate.
        """
        for file in (self.certificate, self.key):
            if file is not None and not file.is_file():
                raise UsageError(f"{file} is not a file.", "a certificate and its key as PEM")
        if self.host not in LOOPBACK and not self.secure:
            raise UsageError(
                f"{self.host} can be reached by others, and the connection would not be encrypted.",
                "127.0.0.1, or --certificate and --key",
            )

    def listen(self) -> socket.socket:
        """Return a bound socket.

        Raises:
            UsageError: if the port is taken or the host unknown.
        """
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        bound = socket.socket(family)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((self.host, self.port))
            bound.listen(128)  # from here on nobody is refused, though the application still starts
        except OSError as error:
            bound.close()
            raise UsageError(
                f"{self.host}:{self.port} cannot be used: {error.strerror or error}.", "a free port"
            ) from error
        return bound


def serve(room: Room, address: Address, bound: socket.socket) -> None:
    """Serve a room until the process is told to stop. Addresses are not logged: links stand in them."""
    import uvicorn

    hosts = LOOPBACK if address.host in LOOPBACK else ("*",)
    config = uvicorn.Config(
        create(room, address.secure, hosts),
        log_level="warning",
        access_log=False,
        server_header=False,
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
    )
    uvicorn.Server(config).run(sockets=[bound])
