"""The reading room: what the pages ask of a study while it is read. It knows no HTTP and never the truth."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from vcem.core.errors import UsageError
from vcem.study.folder import Study
from vcem.study.items import Panel, Phase, Slot, plain_panels
from vcem.study.progress import Close, Finished, Now, State, Wait, neighbours, progress
from vcem.study.questions import Question, check_body, plain_questions
from vcem.study.readings import seconds
from vcem.study.record import ANSWER, CLOSED, HALT, REVIEW, SHOWN, Record
from vcem.study.web.access import Access, Brake
from vcem.study.windows import plain_windows


@dataclass
class Room:
    """An open study with its log and its doors. `clock` is the server's, in UTC."""

    study: Study
    record: Record
    access: Access
    clock: Callable[[], datetime]
    brake: Brake = field(default_factory=Brake)

    def __post_init__(self) -> None:
        self.questions: tuple[Question, ...] = self.study.design.reading.questions()
        self._own: dict[str, list[Slot]] = {r.name: [] for r in self.study.design.readers}
        for slot in self.study.slots:
            self._own[slot.reader].append(slot)
        halts = self.record.entries(HALT)
        self.halted: bool = bool(halts and halts[-1].body.get("halted"))

    def halt(self, halted: bool) -> None:
        """Stop showing cases to anyone, or go on; answers under way are still taken."""
        self.record.append(self.clock, HALT, "", "", {"halted": halted})
        self.halted = halted

    @property
    def ended(self) -> bool:
        """Whether the reading has ended for good."""
        return self.record.end() is not None

    def state(self, reader: str) -> State:
        """Return where a reader stands."""
        answered = self.record.answered(reader)
        return progress(self.study.design, self._own[reader], answered, self.clock(), self._closed(reader))

    def _closed(self, reader: str) -> set[int]:
        if not self.study.design.reading.revisable:
            return set()
        return {e.body["session"] for e in self.record.entries(CLOSED, reader)}

    def owns(self, reader: str, item: str) -> bool:
        """Return whether a reading is this reader's."""
        return any(slot.item == item for slot in self._own[reader])

    def counts(self, reader: str) -> tuple[int, int]:
        """Return how many readings a reader has answered, and how many there are."""
        return len(self.record.answered(reader)), len(self._own[reader])

    def sessions(self, reader: str) -> list[tuple[int, int]]:
        """Return of each session of a reader how many readings are answered, and how many there are."""
        answered = self.record.answered(reader)
        read = {n: [s.item in answered for s in self._own[reader] if s.session == n] for n in self._numbers(reader)}
        return [(sum(own), len(own)) for own in read.values()]

    def _numbers(self, reader: str) -> list[int]:
        return sorted({s.session for s in self._own[reader]})

    def pace(self, reader: str) -> list[float] | None:
        """Return lower quartile, median and upper quartile of a reader's seconds a case, practice apart.

        Of all cases together: whose cases take long is no matter for anybody before the truth is open.
        """
        counts = {s.item for s in self._own[reader] if s.phase is not Phase.TRAINING}
        taken = [seconds(e) for e in self.record.entries(ANSWER, reader) if e.item in counts]
        return [float(q) for q in np.quantile(taken, [0.25, 0.5, 0.75]).round(1)] if taken else None

    def show(self, reader: str, item: str = "") -> dict[str, Any]:
        """Return what the page needs to show next, and log that a case was shown.

        Args:
            reader: who looks.
            item: an earlier case to look at again; the present one if empty.

        Raises:
            UsageError: if the reader may not go back to that case.
        """
        if self.ended:
            return {"state": "ended"}
        if self.halted:
            return {"state": "halted"}
        state = self.state(reader)
        if item and not (isinstance(state, Now) and state.slot.item == item):
            again = self._again(reader, state, item)
            self.record.append(self.clock, REVIEW, reader, item, {})
            return self._case(again) | {"given": self.record.given(item)}
        if isinstance(state, Now):
            self.record.append(self.clock, SHOWN, reader, state.slot.item, {})
        return self.plain(state)

    def _again(self, reader: str, state: State, item: str) -> Now:
        """Return an answered case of the session that is still open."""
        found = next((s for s in self._within_reach(reader, state) if s.item == item), None)
        if found is None:
            raise UsageError("This case cannot be looked at now.", "the case on the screen", "reload the page")
        session = sorted(s.position for s in self._own[reader] if s.session == found.session)
        return Now(found, session.index(found.position), len(session))

    def _within_reach(self, reader: str, state: State) -> list[Slot]:
        """Return the answered cases of the open session, if the design lets answers be changed."""
        if not self.study.design.reading.revisable or not isinstance(state, Now | Close):
            return []
        session = state.slot.session if isinstance(state, Now) else state.session
        answered = self.record.answered(reader)
        return [s for s in self._own[reader] if s.session == session and s.item in answered]

    def plain(self, state: State) -> dict[str, Any]:
        """Return a state as the browser learns it: the same fields whatever is shown, repeats unmarked."""
        match state:
            case Finished():
                return {"state": "finished"}
            case Wait():
                return {"state": "wait", "session": state.session, "until": state.until.date().isoformat()}
            case Close():
                return {"state": "close", "session": state.session, "earlier": state.last.item}
        return self._case(state)

    def _case(self, at: Now) -> dict[str, Any]:
        slot, earlier, later = at.slot, "", ""
        if self.study.design.reading.revisable:
            earlier, later = neighbours(self._own[slot.reader], slot, self.record.answered(slot.reader))
        return {
            "state": "case",
            "item": slot.item,
            "practice": slot.phase is Phase.TRAINING,
            "about": slot.about,
            "done": at.done,
            "total": at.total,
            "session": slot.session,
            "sessions": self.study.design.reading.sessions,
            "rows": self.study.rows,
            "columns": self.study.columns,
            "panels": plain_panels(slot.panels),
            "next": [layer.image for panel in self._following(slot) for layer in panel.layers],
            "questions": plain_questions(self.questions),
            "windows": plain_windows(self.study.design.windows),
            "earlier": earlier,
            "later": later,
            "given": None,
        }

    def _following(self, slot: Slot) -> tuple[Panel, ...]:
        """Return the panels of the session's next case, whose pictures the page may load while this one is read."""
        later = [s for s in self._own[slot.reader] if s.session == slot.session and s.position > slot.position]
        return min(later, key=lambda s: s.position).panels if later else ()

    def picture(self, reader: str, image: str) -> Path | None:
        """Return the file behind an opaque image of a case that the reader may see now or next; None for any other."""
        if self.halted or self.ended:
            return None
        state = self.state(reader)
        panels = [p for slot in self._within_reach(reader, state) for p in slot.panels]
        if isinstance(state, Now):
            panels += [*state.slot.panels, *self._following(state.slot)]
        layers = [layer for panel in panels for layer in panel.layers]
        return next((self.study.folder / f"pictures/{la.picture}.grey" for la in layers if la.image == image), None)

    def answer(self, reader: str, message: Any) -> bool:  # noqa: ANN401 (came over the wire)
        """Store the answer to the reader's present case, to one already answered alike, or a change that is allowed.

        Returns:
            Whether it is new.

        Raises:
            EndedError: if the reading has ended.
            UsageError: if the message is malformed, the case is not the reader's present one, or another answer is
                stored and locked.
        """
        if not isinstance(message, dict) or set(message) != {"item", "answers", "times", "window"}:
            raise UsageError("The message is not an answer.", "item, answers, times, window")
        item = str(message["item"])
        slot = next((slot for slot in self._own[reader] if slot.item == item), None)
        if slot is None:
            raise UsageError("This is not the case to answer now.", "the case on the screen", "reload the page")
        body = check_body(self.questions, self.study.canvas(slot), message)
        state = self.state(reader)
        if any(s.item == item for s in self._within_reach(reader, state)):
            return self.record.revise(self.clock, reader, item, body)
        answered = self.record.given(item) is not None
        if not answered and not (isinstance(state, Now) and state.slot.item == item):
            raise UsageError("This is not the case to answer now.", "the case on the screen", "reload the page")
        return self.record.answer(self.clock, reader, item, body)

    def close_session(self, reader: str) -> None:
        """Make all answers of the reader's session final; nothing happens if there is none to close."""
        state = self.state(reader)
        if isinstance(state, Close):
            self.record.append(self.clock, CLOSED, reader, "", {"session": state.session})
