"""The way out: each result to each destination until that has it, or until its time is over.

A result's UID is a pure function of its source and the model, and so are its bytes: what is sent again after a kill is
the same object, which a PACS keeps once.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from time import time, time_ns
from typing import Protocol, runtime_checkable

from vcem.core.errors import FailureError
from vcem.core.seeds import rng_for
from vcem.dicom.exchange import Commitment
from vcem.dicom.uids import uid_for
from vcem.gateway.audit import Audit
from vcem.gateway.intake import OUT
from vcem.gateway.queue import DEAD, SENT, STORED, WAITING, Queue, Result
from vcem.gateway.settings import Gateway, Retry

BATCH = 20
HOUR_S = 3600


class Answer(StrEnum):
    """What a destination says: it has the object, it takes it another time, or it never will."""

    HAS = "has"
    LATER = "later"
    NEVER = "never"


Note = Callable[[Result, Answer, str], None]


@runtime_checkable
class Door(Protocol):
    """One way to a destination."""

    def deliver(self, results: Sequence[Result], folder: Path, note: Note) -> None:
        """Send what is in the folder, and note the answer to each as it comes.

        Raises:
            FailureError: if the destination cannot be reached; what was not noted is sent another time.
        """
        ...

    def ask_to_keep(self, results: Sequence[Result], transaction: str) -> str:
        """Ask for storage commitment; return why it is not to be had, empty if it was asked for.

        Raises:
            FailureError: if the destination cannot be reached.
        """
        ...

    def check(self) -> str:
        """Return how the destination is reached.

        Raises:
            FailureError: if it cannot be.
        """
        ...


def wait_s(retry: Retry, tries: int, *key: str) -> float:
    """Return the seconds to wait after the n-th try, spread so that what failed together is not tried together."""
    whole = min(retry.most_s, retry.first_s * 2.0 ** min(tries - 1, 60))
    return float(whole * rng_for(0, "retry", tries, *key).uniform(0.5, 1.5))


class Sender:
    """Sends to one destination."""

    def __init__(self, gateway: Gateway, name: str, door: Door, queue: Queue, audit: Audit) -> None:
        self.name, self._destination, self._door = f"send {name}", name, door
        self._queue, self._audit, self._retry = queue, audit, gateway.retry
        self._folder = gateway.folder / OUT
        self._fails, self._rests_until = 0, 0.0
        destination = next(d for d in gateway.destinations if d.name == name)
        self._promise_s = destination.commitment_s if destination.kind == "dicom" and destination.commitment else None

    def step(self) -> bool:
        """Send what is due, and ask to keep what was stored; return whether there was anything.

        Raises:
            FailureError: if the destination cannot be reached.
        """
        if time() < self._rests_until:
            return False
        try:
            more = self._send() or (self._promise_s is not None and self._ask(self._promise_s))
        except FailureError:
            self._fails += 1
            self._rests_until = time() + wait_s(self._retry, self._fails, self._destination)
            raise
        self._fails = 0
        return more

    def _send(self) -> bool:
        due = self._queue.to_send(self._destination, time(), BATCH)
        left = {result.uid: result for result in due}

        def note(result: Result, answer: Answer, why: str) -> None:
            left.pop(result.uid, None)
            self._note(result, answer, why)

        try:
            if due:
                self._door.deliver(due, self._folder, note)
        except FailureError as error:
            for result in list(left.values()):
                self._note(result, Answer.LATER, error.found)
            raise
        return bool(due)

    def _ask(self, patience_s: float) -> bool:
        """Ask to keep what was stored; what nobody has promised for long is sent again, and asked for again."""
        now = time()
        for late in self._queue.stored(self._destination, now - patience_s):
            settle(self._queue, self._audit, self._retry, late, Answer.LATER, "storage commitment did not come")
        stored = self._queue.to_ask(self._destination)
        if not stored:
            return False
        transaction = uid_for(0, "commitment", self._destination, time_ns())
        for result in stored:  # before it is asked: the answer may be here before the question returns
            self._queue.set_result(result, STORED, "", now, commitment=transaction)
        try:
            refusal = self._door.ask_to_keep(stored, transaction)
        except FailureError:
            for result in stored:
                self._queue.set_result(result, STORED, "", now, commitment="")
            raise
        for result in stored if refusal else ():
            settle(self._queue, self._audit, self._retry, result, Answer.HAS, refusal)
        return True

    def _note(self, result: Result, answer: Answer, why: str) -> None:
        if answer is Answer.HAS and self._promise_s is not None:
            self._queue.set_result(result, STORED, why, time(), tries=result.tries + 1, commitment="")
            self._audit(STORED, result=result.uid, image=result.image, destination=result.destination)
        else:
            settle(self._queue, self._audit, self._retry, result, answer, why)


def settle(queue: Queue, audit: Audit, retry: Retry, result: Result, answer: Answer, why: str) -> None:
    """Set what becomes of a result: sent, given up, or tried again after a while."""
    now, tries = time(), result.tries + 1
    state, due = WAITING, now + wait_s(retry, tries, result.uid)
    if answer is Answer.HAS:
        state = SENT
    elif answer is Answer.NEVER or now - result.at > retry.give_up_h * HOUR_S:
        state = DEAD
    queue.set_result(result, state, why, now, tries=tries, due=due)
    audit("sent" if state == SENT else "not sent", result=result.uid, image=result.image,
          destination=result.destination, state=state, why=why)  # fmt: skip


def note_commitment(queue: Queue, audit: Audit, retry: Retry, said: Commitment) -> None:
    """Note what a PACS has promised to keep; what it has lost is sent again."""
    for result in queue.asked(said.transaction):
        if result.uid in said.kept:
            settle(queue, audit, retry, result, Answer.HAS, "")
        elif result.uid in said.lost:
            settle(queue, audit, retry, result, Answer.LATER, said.lost[result.uid])
