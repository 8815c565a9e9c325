"""Where a reader stands: the case to read now, a session to close, a washout to wait for, or the end."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vcem.study.design import Design
from vcem.study.items import Slot


@dataclass(frozen=True)
class Now:
    """The case to read; `done` of `total` readings of this session come before it."""

    slot: Slot
    done: int
    total: int


@dataclass(frozen=True)
class Close:
    """All cases of this session are answered, and answers may be changed until the reader closes it."""

    session: int
    last: Slot


@dataclass(frozen=True)
class Wait:
    """The next session opens at this time."""

    session: int
    until: datetime


@dataclass(frozen=True)
class Finished:
    """All is read."""


State = Now | Close | Wait | Finished


def progress(
    design: Design,
    own: Sequence[Slot],
    answered: Mapping[str, datetime],
    now: datetime,
    closed: Collection[int] = (),
) -> State:
    """Return where a reader stands.

    Args:
        design: of the study; it holds the washout, and whether answers may be changed.
        own: all readings of this reader.
        answered: of each answered item, when its pictures were last before the reader's eyes. The washout counts from
            the last of all sessions before.
        now: the server's clock.
        closed: the sessions that the reader has closed, where answers may be changed.
    """
    left = [slot for slot in own if slot.item not in answered]
    first = min(left, key=lambda s: (s.session, s.position)) if left else None
    before = [s for s in own if first is None or s.session < first.session]
    still_open = [s for s in before if design.reading.revisable and s.session not in closed]
    if still_open:
        session = min(s.session for s in still_open)
        return Close(session, max((s for s in still_open if s.session == session), key=lambda s: s.position))
    if first is None:
        return Finished()
    if before and (days := design.reading.days_between_sessions):
        opens = max(answered[s.item] for s in before) + timedelta(days=days)
        if now < opens:
            return Wait(first.session, opens)
    session_slots = [s for s in own if s.session == first.session]
    return Now(first, sum(s.item in answered for s in session_slots), len(session_slots))


def neighbours(own: Sequence[Slot], slot: Slot, answered: Collection[str]) -> tuple[str, str]:
    """Return the answered items of the same session before and after a reading, each empty if there is none."""
    session = sorted((s for s in own if s.session == slot.session), key=lambda s: s.position)
    place = session.index(slot)
    earlier = session[place - 1].item if place else ""
    later = session[place + 1].item if place + 1 < len(session) else ""
    return earlier, later if later in answered else ""
