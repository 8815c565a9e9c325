"""How readers come in: by a personal link that works once, or by name and password where the server allows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from vcem.core.errors import UsageError
from vcem.study.web.access import Session
from vcem.study.web.headers import body_of, message_of, page, said
from vcem.study.web.passwords import SHORTEST, Passwords, refuse_weak
from vcem.study.web.room import Room

TOO_MANY = "Too many attempts. Please wait a while."
NO_LINK = "This link was used already, or has expired. Please ask for a new one."


@dataclass(frozen=True)
class Entrance:
    """The doors of one room. `secure` says that the connection is TLS; without passwords there are links only."""

    room: Room
    secure: bool = False
    passwords: Passwords | None = None

    @property
    def cookie(self) -> str:
        """The name of this study's cookie: cookies know no ports, and one host may serve several studies."""
        return f"reading-{self.room.study.protocol[:16]}"

    def routes(self) -> list[Route]:
        """Return the addresses of the doors."""
        return [
            Route("/enter/{secret}", self.door),
            Route("/enter/{secret}", self.enter, methods=["POST"]),
            Route("/login", self.login, methods=["POST"]),
        ]

    async def session(self, request: Request) -> Session | None:
        """Return the session that a request belongs to."""
        secret = request.cookies.get(self.cookie, "")
        return await run_in_threadpool(self.room.access.session, secret, self.room.clock()) if secret else None

    def outside(self, left: bool = False) -> Response:
        """Return what somebody without a session sees, who has just `left` or comes."""
        note = "You are logged out. All answers that you saved are kept." if left else ""
        if self.passwords is not None:
            return page("login.html", 401, note=note)
        how = (
            "To come back, ask for a new personal link."
            if left
            else "Please open the personal link that you were given."
        )
        return page("message.html", 401, text=f"{note} {how}".strip())

    async def door(self, request: Request) -> Response:
        """Show the button that uses a link up; a mail program's preview must not."""
        return await self._with_link(request, self._door)

    async def enter(self, request: Request) -> Response:
        """Use a link up, keep the password that the reader chose, if any, and begin a session."""
        try:
            form = parse_qs((await body_of(request)).decode(errors="replace"), keep_blank_values=True)
        except UsageError as error:
            return page("message.html", 413, text=error.found)
        chosen, again = (form.get(name, [""])[0] for name in ("password", "again"))
        return await self._with_link(request, lambda secret: self._enter(secret, chosen, again))

    async def _with_link(self, request: Request, act: Callable[[str], Response | None]) -> Response:
        answer = await run_in_threadpool(act, request.path_params["secret"])
        if answer is not None:  # whoever holds a link comes in, whatever others at the same address tried
            return answer
        address, now = _address(request), self.room.clock()
        if self.room.brake.stops(address, now):
            return page("message.html", 429, text=TOO_MANY)
        self.room.brake.failed(address, now)
        return page("message.html", 404, text=NO_LINK)

    def _door(self, secret: str, problem: str = "") -> Response | None:
        if self.room.access.holds(secret, self.room.clock()) is None:
            return None
        facts = {"study": self.room.study.design.name, "problem": problem, "shortest": SHORTEST}
        return page("door.html", 400 if problem else 200, **facts, passwords=self.passwords is not None)

    def _enter(self, secret: str, chosen: str, again: str) -> Response | None:
        reader = self.room.access.holds(secret, self.room.clock())
        wanted = reader is not None and chosen and self.passwords is not None
        if wanted and (problem := _refused(str(reader), chosen, again)):
            return self._door(secret, problem)
        session = self.room.access.enter(secret, self.room.clock())
        if session is None or reader is None:
            return None
        if chosen and self.passwords is not None:
            self.passwords.set(reader, chosen, self.room.clock())
        self._note(reader, "link")
        return self._let_in(RedirectResponse("/check", 303), session)

    async def login(self, request: Request) -> Response:
        """Begin a session by name and password; the page that asks needs a header that other sites cannot send."""
        if self.passwords is None or not request.headers.get("x-csrf"):
            return said(request, "There is no such door.", 404)
        message = await message_of(request)
        return await run_in_threadpool(
            self._login, self.passwords, message, _address(request), request.cookies.get(self.cookie, "")
        )

    def _login(self, passwords: Passwords, message: Any, address: str, before: str) -> Response:  # noqa: ANN401
        given = message if isinstance(message, dict) else {}
        reader, password = str(given.get("reader", "")), str(given.get("password", ""))
        now = self.room.clock()
        browser = before if before and self.room.access.known(before, reader) else ""
        right = passwords.right(reader, password, address, now, browser)
        if right is None:
            return JSONResponse({"error": TOO_MANY}, 429)
        if not right:
            return JSONResponse({"error": "Name and password do not belong together."}, 401)
        secret = self.room.access.begin(reader, now, before)
        self._note(reader, "password")
        opened = self.room.access.session(secret, now)
        return self._let_in(JSONResponse({"csrf": opened.csrf if opened else ""}), secret)

    def _note(self, reader: str, by: str) -> None:
        self.room.record.append(self.room.clock, "enter", reader, "", {"by": by})

    def _let_in(self, response: Response, session: str) -> Response:
        response.set_cookie(self.cookie, session, httponly=True, samesite="strict", secure=self.secure, path="/")
        return response

    def forget(self, response: Response) -> None:
        """Let the browser forget its session."""
        response.delete_cookie(self.cookie, httponly=True, samesite="strict", secure=self.secure, path="/")


def _refused(reader: str, chosen: str, again: str) -> str:
    """Return why a chosen password is not taken, empty if it is."""
    if chosen != again:
        return "The two passwords differ."
    try:
        refuse_weak(reader, chosen)
    except UsageError as error:
        return f"{error.found} Expected: {error.expected}."
    return ""


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
