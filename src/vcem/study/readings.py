"""One answer of a study joined with its truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from vcem.study.items import Candidate, Item, Phase
from vcem.study.record import Entry

COLUMNS = (
    "reader", "years", "session", "position", "phase", "case", "patient", "shown", "positive", "birads_truth",
    "answers", "seconds", "paint_ms", "input_ms", "submit_ms", "hidden_ms", "shown_times", "answered_at", "item",
    "revisions", "first_answers", "revision_seconds",
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """One answered reading. `entry` is the first answer; `revisions` are its changes, where the design allows them."""

    item: Item
    case: Candidate
    years: float
    entry: Entry
    shown_times: int
    revisions: tuple[Entry, ...] = ()

    @property
    def answers(self) -> dict[str, Any]:
        """The answers that count: the last."""
        return _answers((self.entry, *self.revisions)[-1])

    @property
    def first_answers(self) -> dict[str, Any]:
        """What was answered before any change."""
        return _answers(self.entry)

    @property
    def seconds(self) -> float:
        """The first reading, from first paint to answer, less hidden time; NaN if the case was begun twice."""
        return float("nan") if self.shown_times > 1 else seconds(self.entry)

    @property
    def revision_seconds(self) -> float:
        """All changes together, kept apart from the first reading; looks back that changed nothing are not timed."""
        return sum(map(seconds, self.revisions))


def _answers(entry: Entry) -> dict[str, Any]:
    answers: dict[str, Any] = entry.body["answers"]
    return answers


def seconds(entry: Entry) -> float:
    """Return what an answer took, from first paint to answer, less hidden time."""
    times = entry.body["times"]
    return max(times["submit_ms"] - times["paint_ms"] - times["hidden_ms"], 1) / 1000


def of_phase(readings: Sequence[Reading], phase: Phase) -> list[Reading]:
    """Return the readings of one phase."""
    return [r for r in readings if r.item.phase is phase]


def patients(readings: Sequence[Reading]) -> Int[np.ndarray, " n"]:
    """Return the number of each reading's patient."""
    return np.unique([r.case.patient for r in readings], return_inverse=True)[1].astype(np.int64)


def plain_row(r: Reading) -> dict[str, Any]:
    """Return a reading as a row of `answers.csv`."""
    return {
        "reader": r.item.reader,
        "years": r.years,
        "session": r.item.session,
        "position": r.item.position,
        "phase": r.item.phase.value,
        "case": r.case.case,
        "patient": r.case.patient,
        "shown": " | ".join(r.item.shown),
        "positive": "" if r.case.positive is None else int(r.case.positive),
        "birads_truth": r.case.facts.get("birads", ""),
        "answers": _plain(r.answers),
        "seconds": r.seconds,
        **r.entry.body["times"],
        "shown_times": r.shown_times,
        "answered_at": r.entry.at,
        "item": r.item.opaque,
        "revisions": len(r.revisions),
        "first_answers": _plain(r.first_answers),
        "revision_seconds": r.revision_seconds,
    }


def _plain(answers: dict[str, Any]) -> str:
    return "; ".join(f"{name}={value}" for name, value in answers.items())


def changed(readings: Sequence[Reading]) -> list[Reading]:
    """Return the readings whose answer was changed after it was first given."""
    return [r for r in readings if r.answers != r.first_answers]
