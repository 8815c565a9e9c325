"""The reading room: what the pages ask of a study while it is read. It knows no HTTP and never the truth."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from vcem.core.errors import UsageError
from vcem.study.access import Access, Brake
from vcem.study.folder import Slot, Study
from vcem.study.hanging import plain_panels
from vcem.study.progress import Finished, Now, State, Wait, progress
from vcem.study.questions import Question, check_answers, plain_questions, questions
from vcem.study.record import ANSWER, SHOWN, Record
from vcem.study.schedule import Phase, sessions

TIMES = ("paint_ms", "input_ms", "submit_ms", "hidden_ms")


@dataclass
class Room:
    """An open study with its log and its doors. `clock` is the server's, in UTC."""

    study: Study
    record: Record
    access: Access
    clock: Callable[[], datetime]
    brake: Brake = field(default_factory=Brake)

    def __post_init__(self) -> None:
        self.questions: tuple[Question, ...] = questions(self.study.design)
        self._own: dict[str, list[Slot]] = {r.name: [] for r in self.study.design.readers}
        for slot in self.study.slots:
            self._own[slot.reader].append(slot)

    def state(self, reader: str) -> State:
        """Return where a reader stands."""
        answered = {e.item: e.time for e in self.record.entries(ANSWER, reader)}
        return progress(self.study.design, self._own[reader], answered, self.clock())

    def show(self, reader: str) -> dict[str, Any]:
        """Return what the page needs to show next, and log that a case was shown."""
        state = self.state(reader)
        if isinstance(state, Now):
            self.record.append(self.clock(), SHOWN, reader, state.slot.item, {})
        return self.plain(state)

    def plain(self, state: State) -> dict[str, Any]:
        """Return a state as the browser learns it: the same fields whatever is shown, repeats unmarked."""
        match state:
            case Finished():
                return {"state": "finished"}
            case Wait():
                return {"state": "wait", "session": state.session, "until": state.until.date().isoformat()}
        return {
            "state": "case",
            "item": state.slot.item,
            "practice": state.slot.phase is Phase.TRAINING,
            "about": state.slot.about,
            "done": state.done,
            "total": state.total,
            "session": state.slot.session,
            "sessions": sessions(self.study.design),
            "rows": self.study.rows,
            "columns": self.study.columns,
            "panels": plain_panels(state.slot.panels),
            "questions": plain_questions(self.questions),
        }

    def picture(self, reader: str, image: str) -> Path | None:
        """Return the file behind an opaque image of the reader's present case; None for any other."""
        state = self.state(reader)
        layers = [la for p in state.slot.panels for la in p.layers] if isinstance(state, Now) else []
        return next((self.study.folder / "pictures" / f"{la.picture}.grey" for la in layers if la.image == image), None)

    def answer(self, reader: str, message: Any) -> bool:  # noqa: ANN401 (came over the wire)
        """Store the answer to the reader's present case, or to one already answered alike.

        Returns:
            Whether it is new.

        Raises:
            UsageError: if the message is malformed, the case is not the reader's present one, or another answer is
                stored.
        """
        if not isinstance(message, dict) or set(message) != {"item", "answers", "times", "window"}:
            raise UsageError("The message is not an answer.", "item, answers, times, window")
        item = message["item"]
        body = {
            "answers": check_answers(self.questions, message["answers"]),
            "times": _times(message["times"]),
            "window": _window(message["window"]),
        }
        state = self.state(reader)
        mine = {slot.item for slot in self._own[reader]}
        answered = item in mine and any(e.item == item for e in self.record.entries(ANSWER, reader))
        if not answered and not (isinstance(state, Now) and state.slot.item == item):
            raise UsageError("This is not the case to answer now.", "the case on the screen", "reload the page")
        return self.record.answer(self.clock(), reader, item, body)


def _times(given: Any) -> dict[str, int]:  # noqa: ANN401
    if not isinstance(given, dict) or set(given) != set(TIMES) or not all(map(_milliseconds, given.values())):
        raise UsageError("The times are malformed.", ", ".join(TIMES))
    return {name: int(given[name]) for name in TIMES}


def _milliseconds(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**10


def _window(given: Any) -> dict[str, list[int]]:  # noqa: ANN401
    known = (
        isinstance(given, dict) and len(given) <= 2 and all(isinstance(v, list) and len(v) == 2 for v in given.values())
    )
    if not known or not all(isinstance(n, int) and abs(n) < 10**6 for v in given.values() for n in v):
        raise UsageError("The windows are malformed.", "name: [centre, width]")
    return {str(name)[:8]: [int(c), int(w)] for name, (c, w) in given.items()}
