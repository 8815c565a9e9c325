"""The web server of the reading room: what a reader's browser can ask for once the reader is in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from vcem.core.errors import UsageError
from vcem.study.record import EndedError
from vcem.study.web.access import Session, same
from vcem.study.web.address import LOOPBACK
from vcem.study.web.entrance import Entrance
from vcem.study.web.headers import STAY_ON_TLS, application, asset, for_scripts, message_of, page, said
from vcem.study.web.passwords import Passwords
from vcem.study.web.room import Room

EXPIRED = "The session has expired."
PART_BYTES = 2**20
POSTS = ("check", "answer", "pause", "finish", "elsewhere", "leave")


@dataclass(frozen=True)
class Pages:
    """The handlers of one room."""

    room: Room
    entrance: Entrance

    def routes(self) -> list[Route]:
        """Return all addresses."""
        return [
            Route("/", self.start),
            *self.entrance.routes(),
            Route("/check", self.check),
            Route("/read", self.read),
            Route("/token", for_scripts(self.token)),
            Route("/case", for_scripts(self.case)),
            Route("/case/{item}", for_scripts(self.case)),
            Route("/image/{image}", for_scripts(self.image)),
            Route("/page/{name}", asset),
            *(Route(f"/{name}", self.posted, methods=["POST"]) for name in POSTS),
        ]

    async def start(self, request: Request) -> Response:
        """Lead a reader to the reading, anyone else to the door."""
        return (
            RedirectResponse("/read", 303)
            if await self.entrance.session(request)
            else self.entrance.outside("left" in request.query_params)
        )

    async def check(self, request: Request) -> Response:
        """Show the display check."""
        session = await self.entrance.session(request)
        return page("check.html", csrf=session.csrf) if session else RedirectResponse("/", 303)

    async def read(self, request: Request) -> Response:
        """Show the reading page, once the display was checked."""
        session = await self.entrance.session(request)
        if session is None or not session.display:
            return RedirectResponse("/check" if session else "/", 303)
        return page("read.html", csrf=session.csrf, passwords=self.entrance.passwords is not None)

    async def token(self, request: Request) -> Response:
        """Return the CSRF token to a page that outlived its session, and whether its case is the same reader's.

        Other sites cannot read it.
        """
        session = await self.entrance.session(request)
        if session is None:
            return said(request, EXPIRED, 401)
        yours = self.room.owns(session.reader, request.query_params.get("item", ""))
        return JSONResponse({"csrf": session.csrf, "yours": yours})

    async def case(self, request: Request) -> Response:
        """Return the present case, or an earlier one where answers may be changed."""
        session = await self.entrance.session(request)
        if session is None:
            return said(request, EXPIRED, 401)
        item = request.path_params.get("item", "")
        return JSONResponse(await run_in_threadpool(self.room.show, session.reader, item))

    async def image(self, request: Request) -> Response:
        """Return the grey values of a picture that the reader may see now."""
        session = await self.entrance.session(request)
        if session is None:
            return said(request, EXPIRED, 401)
        path = await run_in_threadpool(self.room.picture, session.reader, request.path_params["image"])
        if path is None:
            return said(request, "This is not a picture of the present case.", 404)
        # no file response, which would tell the file's time; in parts, for many readers load large pictures at once
        length = {"Content-Length": str(path.stat().st_size)}
        return StreamingResponse(_parts(path), media_type="application/octet-stream", headers=length)

    async def posted(self, request: Request) -> Response:
        """Take a message of the page: checked for its session, its CSRF token and its size before it is read."""
        session = await self.entrance.session(request)
        if session is None:
            return said(request, EXPIRED, 401)
        if not same(session.csrf, request.headers.get("x-csrf", "")):
            return said(request, "The page is out of date. Please reload it.", 403)
        act = {
            "/check": self._checked,
            "/answer": self._answered,
            "/pause": self._paused,
            "/finish": self._finished,
            "/elsewhere": self._elsewhere,
            "/leave": self._left,
        }
        message = await message_of(request)
        answer = JSONResponse(await run_in_threadpool(act[request.url.path], session, message))
        if request.url.path == "/leave":
            self.entrance.forget(answer)
        return answer

    def _checked(self, session: Session, message: Any) -> dict[str, Any]:  # noqa: ANN401 (came over the wire)
        if not isinstance(message, dict):
            raise UsageError("The display is not described.")
        display = {str(k)[:40]: str(v)[:300] for k, v in list(message.items())[:20]}
        self.room.record.append(self.room.clock, "display", session.reader, "", display)
        self.room.access.note_display(session, json.dumps(display))
        return {}

    def _answered(self, session: Session, message: Any) -> dict[str, Any]:  # noqa: ANN401
        try:
            self.room.answer(session.reader, message)
        except EndedError:
            return {"state": "ended", "unsaved": True}
        receipt = self.room.record.head()
        return self.room.show(session.reader) | {"receipt": receipt}

    def _paused(self, session: Session, message: Any) -> dict[str, Any]:  # noqa: ANN401
        kind = "pause" if isinstance(message, dict) and message.get("paused") is True else "resume"
        self.room.record.append(self.room.clock, kind, session.reader, "", {})
        return {}

    def _finished(self, session: Session, message: Any) -> dict[str, Any]:  # noqa: ANN401
        self.room.close_session(session.reader)
        return self.room.show(session.reader)

    def _elsewhere(self, session: Session, message: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"path": f"/enter/{self.room.access.issue(session.reader, self.room.clock())}"}

    def _left(self, session: Session, message: Any) -> dict[str, Any]:  # noqa: ANN401
        self.room.record.append(self.room.clock, "leave", session.reader, "", {})
        self.room.access.end(session)
        return {}


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            yield part


def create(
    room: Room, secure: bool = False, hosts: tuple[str, ...] = LOOPBACK, passwords: Passwords | None = None
) -> ASGIApp:
    """Return the web application of a room."""
    pages = Pages(room, Entrance(room, secure, passwords))
    stays = STAY_ON_TLS if secure and hosts != LOOPBACK else {}
    return application(pages.routes(), hosts, stays)
