"""Processes of this machine: fresh interpreters, each with a pipe, replaced where one is killed or harmed.

The standard pool is not used: there one killed worker ends all units, and nobody knows whose it was.
"""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pickle import PicklingError
from typing import Any, TypeVar

from vcem.core.called import command, tell
from vcem.engine.each import How, Outcome, attempt, killed

T = TypeVar("T")
R = TypeVar("R")
_FRESH = get_context("spawn")  # a fork would copy whatever threads and locks this process holds
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass
class Worker:
    """A process, its pipe, and the numbers of the items that it has and has not answered, in their order."""

    process: BaseProcess
    pipe: Connection
    has: deque[int] = field(default_factory=deque)


def in_processes(
    unit: Callable[[T], R], items: Sequence[T], how: How, name: Callable[[T], str]
) -> Generator[tuple[int, Outcome[R]], None, None]:
    """Do the units in `how.slots` processes, each one unit after another."""
    left = deque(range(len(items)))
    crew: list[Worker] = []
    try:
        while left or any(worker.has for worker in crew):
            while len(crew) < how.slots and len(left) > sum(not worker.has for worker in crew):
                crew.append(start(unit, how.threads))
            for worker in crew:
                if left and not worker.has:
                    _hand_out(worker, left, items, how.batch, name)
            for pipe in wait([worker.pipe for worker in crew if worker.has]):
                worker = next(w for w in crew if w.pipe is pipe)
                number, outcome = _answer(worker, items, name)
                if outcome.spoilt:
                    left.extendleft(reversed(worker.has))
                    crew.remove(worker)
                    end(worker)
                yield number, outcome
    finally:
        for worker in crew:
            end(worker)


def _hand_out(worker: Worker, left: deque[int], items: Sequence[T], batch: int, name: Callable[[T], str]) -> None:
    worker.has.extend(left.popleft() for _ in range(min(batch, len(left))))
    with suppress(OSError):  # it is gone already, which its pipe tells in a moment
        worker.pipe.send([(items[n], name(items[n])) for n in worker.has])


def _answer(worker: Worker, items: Sequence[T], name: Callable[[T], str]) -> tuple[int, Outcome[Any]]:
    """Return the answer for the first item that the worker has; one that ended was at that one."""
    number = worker.has.popleft()
    try:
        outcome: Outcome[Any] = worker.pipe.recv()
    except (EOFError, OSError):
        worker.process.join()
        return number, Outcome(killed(name(items[number]), worker.process.exitcode), spoilt=True)
    return number, outcome


def start(unit: Callable[[Any], Any], threads: int) -> Worker:
    """Start a process that does this unit."""
    ours, theirs = _FRESH.Pipe()
    process = _FRESH.Process(target=_work, args=(theirs, os.getpid()), daemon=True)
    with _few_threads(threads):
        process.start()
    theirs.close()
    with suppress(OSError):  # it ended at once, which the first answer tells
        ours.send((unit, command()))
    return Worker(process, ours)


def end(worker: Worker) -> None:
    """End a process, at once if it is at work."""
    worker.pipe.close()
    if worker.has:
        worker.process.kill()
    worker.process.join()
    worker.process.close()


@contextmanager
def _few_threads(threads: int) -> Iterator[None]:
    """Set how many threads the numeric libraries of a new process use; they read it when they are loaded."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ |= dict.fromkeys(_THREADS, str(threads))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            os.environ |= {} if value is None else {name: value}


def _work(pipe: Connection, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the command, which then ends its workers
    _end_with(parent)
    with suppress(EOFError, OSError):  # the command wants nothing more
        unit = _unit(pipe)
        while True:
            for item, name in pipe.recv():
                outcome = attempt(unit, item, name)
                _send(pipe, outcome, name)
                if outcome.spoilt:
                    return


def _unit(pipe: Connection) -> Callable[[Any], Any]:
    try:
        unit: Callable[[Any], Any]
        unit, running = pipe.recv()
        tell(running)
    except (ImportError, AttributeError) as error:
        return partial(_fail, error)
    return unit


def _send(pipe: Connection, outcome: Outcome[Any], name: str) -> None:
    try:
        pipe.send(outcome)
    except (PicklingError, AttributeError, TypeError) as error:
        pipe.send(attempt(partial(_fail, error), None, name))


def _fail(error: Exception, _: object) -> None:
    raise error


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, so that a killed command leaves nobody at work."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
