"""The pages of who runs a study, apart from the readers': on a port of their own, for this machine only.

They know how far and how fast everybody is, never the truth nor what was answered: a look at the results on the way
would end the blinding of whoever looks. One button opens the truth, and first ends the reading for good. The secret of
the link stands behind #, which no browser sends; the page shows it in a header. There is no cookie, so none is shared
with the readers' pages, and no other site can act in its name.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from vcem.core.errors import UsageError, VcemError
from vcem.folders.study import PAGE, results_beside, truth_beside
from vcem.study.analysis import analyse_study
from vcem.study.ending import end, looks, missing
from vcem.study.progress import Close, Finished, Now, Wait
from vcem.study.web.access import LINK_LIFE, Brake, same
from vcem.study.web.address import LOOPBACK
from vcem.study.web.headers import application, asset, for_scripts, message_of, page, said
from vcem.study.web.passwords import Passwords
from vcem.study.web.room import Room


@dataclass(frozen=True)
class Admin:
    """The handlers. `base` begins the readers' links; `secret` opens the pages as long as the server runs."""

    room: Room
    base: str
    passwords: Passwords | None = None
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    brake: Brake = field(default_factory=Brake)

    def app(self) -> ASGIApp:
        """Return the application; it answers on this machine only."""
        routes = [
            Route("/", self.start),
            Route("/page/{name}", asset),
            Route("/progress", for_scripts(self.progress)),
            Route("/act", self.act, methods=["POST"]),
        ]
        return application(routes, LOOPBACK)

    async def start(self, request: Request) -> Response:
        """Return the page, which holds nothing of the study."""
        return page("admin.html")

    async def progress(self, request: Request) -> Response:
        """Return how far everybody is."""
        return await self._guarded(request, self._overview)

    async def act(self, request: Request) -> Response:
        """Do what a button says."""
        message = await message_of(request)
        return await self._guarded(request, lambda: self._act(message))

    async def _guarded(self, request: Request, answer: Callable[[], dict[str, Any]]) -> Response:
        if not same(f"Bearer {self.secret}", request.headers.get("authorization", "")):
            address, now = request.client.host if request.client else "", self.room.clock()
            if self.brake.stops(address, now):
                return said(request, "Too many attempts. Please wait a minute.", 429)
            self.brake.failed(address, now)
            return said(request, "Please open the link that was printed when the server started.", 401)
        try:
            return JSONResponse(await run_in_threadpool(answer))
        except VcemError as error:  # told in full to who runs the study
            return said(request, str(error), 409)

    def _overview(self) -> dict[str, Any]:
        entries, _, head = self.room.record.head().partition(":")
        return {
            "study": self.room.study.design.name,
            "protocol": self.room.study.protocol,
            "halted": self.room.halted,
            "ended": self.room.ended,
            "missing": missing(self.room.study, self.room.record),
            "looks": looks(self.room.record),
            "passwords": self.passwords is not None,
            "entries": int(entries),
            "head": head,
            "expect": self._expect(),
            "readers": [self._reader(r.name) for r in self.room.study.design.readers],
        }

    def _expect(self) -> dict[str, Any]:
        """Return what an invitation tells; readers see all of it on their pages."""
        design = self.room.study.design
        return {
            "questions": [question.text for question in self.room.questions],
            "practice": design.cases.training > 0,
            "days_between": design.reading.days_between_sessions,
            "until": (self.room.clock() + LINK_LIFE).date().isoformat(),
        }

    def _reader(self, name: str) -> dict[str, Any]:
        sessions, link = self.room.access.doors(name, self.room.clock())
        done, total = self.room.counts(name)
        return {
            "reader": name,
            "done": done,
            "total": total,
            "state": self._state(name),
            "by_session": self.room.sessions(name),
            "pace": self.room.pace(name),
            "last": self.room.record.last_seen(name),
            "sessions": sessions,
            "link": link,
            "password": self.passwords is not None and self.passwords.has(name),
        }

    def _state(self, name: str) -> str:
        match self.room.state(name):
            case Now(slot):
                return f"session {slot.session}"
            case Close(session):
                return f"session {session} is read, not closed"
            case Wait(session, until):
                return f"session {session} opens {until:%Y-%m-%d}"
            case Finished():
                return "finished"

    def _act(self, message: Any) -> dict[str, Any]:  # noqa: ANN401 (came over the wire)
        given = message if isinstance(message, dict) else {}
        do, reader = str(given.get("do", "")), str(given.get("reader", ""))
        if do in ("halt", "go on"):
            self.room.halt(do == "halt")
            return {}
        if do == "end":
            return self._finish(str(given.get("because", "")))
        if do == "verify":
            last = self.room.record.verify()
            return {"text": f"The chain holds: {last.n if last else 0} entries."}
        if reader not in {r.name for r in self.room.study.design.readers}:
            raise UsageError("There is no such reader.")
        return self._about(do, reader, str(given.get("password", "")))

    def _finish(self, because: str) -> dict[str, Any]:
        """End the reading, then analyse it with the sealed truth where that has been brought back."""
        if not self.room.ended:
            end(self.room.study, self.room.record, self.room.clock, because)
        study = self.room.study
        truth, out = truth_beside(study.folder), results_beside(study.folder)
        if not truth.is_file():
            return {"text": f"The reading has ended. Bring the sealed truth back to {truth}, then press again."}
        out.mkdir(mode=0o700, exist_ok=True)
        analyse_study(study, self.room.record, truth, out)
        return {"text": f"Analysed: {out}", "page": (out / PAGE).read_text("utf-8")}

    def _about(self, do: str, reader: str, password: str) -> dict[str, Any]:
        now, answer = self.room.clock(), {}
        if do == "invite":
            answer = {"text": f"{self.base}/enter/{self.room.access.issue(reader, now)}"}
        elif do == "revoke":
            self.room.access.revoke(reader)
        elif do == "password" and self.passwords is not None:
            self.passwords.set(reader, password, now)
        elif do == "no password" and self.passwords is not None:
            self.passwords.clear(reader)
        else:
            raise UsageError("There is no such button.")
        self.room.record.append(self.room.clock, "admin", "", "", {"did": do, "reader": reader})
        return answer
