"""One process that stays, for one item after another as they come: what it loads it loads once."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from vcem.core.errors import FailureError
from vcem.engine.each import Failed, Outcome, killed
from vcem.engine.processes import call_of, end, start


class Standing:
    """A process that does one unit; after an outcome that is `spoilt` it is to be ended and another one made."""

    def __init__(self, unit: Callable[[Any], Any], threads: int = 1) -> None:
        self._worker = start(call_of(unit), threads)

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return self._worker.process.pid

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._worker.process.is_alive()

    def do(self, item: object, name: str, seconds: float) -> Outcome[Any]:
        """Do the unit for one item; a process that takes longer, or that ends, fails this item alone."""
        self._worker.has.append(0)
        try:
            self._worker.pipe.send([(item, name)])
            if not self._worker.pipe.poll(seconds):
                return Outcome(_late(name, seconds), spoilt=True)
            outcome: Outcome[Any] = self._worker.pipe.recv()
        except (EOFError, OSError):
            self._worker.process.join()
            return Outcome(killed(name, self._worker.process.exitcode), spoilt=True)
        self._worker.has.clear()
        return outcome

    def end(self) -> None:
        """End the process, at once if it is at work."""
        with suppress(ValueError):  # it was ended before
            end(self._worker)


def _late(name: str, seconds: float) -> Failed:
    error = FailureError(f"It was not done within {seconds:g} s.", "a unit that ends")
    return Failed(name, "it took too long", error)
