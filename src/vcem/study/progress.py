"""Where a reader stands: the case to read now, a washout to wait for, or the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vcem.study.design import Design, MultiReader
from vcem.study.folder import Slot


@dataclass(frozen=True)
class Now:
    """The case to read; `done` of `total` readings of this session are answered."""

    slot: Slot
    done: int
    total: int


@dataclass(frozen=True)
class Wait:
    """The next session opens at this time."""

    session: int
    until: datetime


@dataclass(frozen=True)
class Finished:
    """All is read."""


State = Now | Wait | Finished


def progress(design: Design, own: Sequence[Slot], answered: Mapping[str, datetime], now: datetime) -> State:
    """Return where a reader stands.

    Args:
        design: of the study; it holds the washout.
        own: all readings of this reader.
        answered: when each item was answered.
        now: the server's clock.
    """
    left = [slot for slot in own if slot.item not in answered]
    if not left:
        return Finished()
    slot = min(left, key=lambda s: (s.session, s.position))
    session = [s for s in own if s.session == slot.session]
    before = [answered[s.item] for s in own if s.session == slot.session - 1]
    if before and isinstance(design.reading, MultiReader):
        opens = max(before) + timedelta(days=design.reading.washout_days)
        if now < opens:
            return Wait(slot.session, opens)
    return Now(slot, sum(s.item in answered for s in session), len(session))
