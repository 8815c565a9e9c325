"""Threads that do one step after another until they are stopped, and what is known of each: alive, well, or why not."""

from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from traceback import extract_tb
from typing import Protocol, runtime_checkable

from vcem.core.foreign import message_of
from vcem.gateway.audit import Audit

IDLE_S, FAULT_S = 0.2, 1.0


@runtime_checkable
class Worker(Protocol):
    """Something that does its work in steps."""

    name: str

    def step(self) -> bool:
        """Do what there is to do now; return whether there was anything."""
        ...


@dataclass
class Loop:
    """A worker in a thread. A step that raises is tried again; `fault` says why until one succeeds."""

    worker: Worker
    audit: Audit
    fault: str = ""
    beat: float = field(default_factory=monotonic)
    _stop: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread = Thread(target=self._run, name=self.worker.name, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread is there."""
        return self._thread is not None and self._thread.is_alive()

    def ask_to_stop(self) -> None:
        """Let the step be the last one."""
        self._stop.set()

    def join(self, seconds: float | None = None) -> None:
        """Wait for the last step, so long at most."""
        if self._thread:
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                more, fault = self.worker.step(), ""
            except Exception as error:
                more, fault = False, _reason(error)
            if fault and fault != self.fault:
                self.audit("fault", worker=self.worker.name, why=fault)
            self.fault, self.beat = fault, monotonic()
            if not more:
                self._stop.wait(FAULT_S if fault else IDLE_S)


def _reason(error: Exception) -> str:
    """Return what an error says; of a fault of the program its kind and place, for its words may hold data."""
    if message := message_of(error):
        return " ".join(message.found.split())
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {place.name}, line {place.lineno}"
